/** Streams text as it is made; a failure after the first part can only cut the response short. */
export function streamOf(
  first: string,
  rest: AsyncGenerator<string>,
  onFailure: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let isWanted = true
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(first)),
    async pull(controller) {
      try {
        const next = await rest.next()
        // A client that has left has already closed the stream.
        if (!isWanted) return
        if (next.done) controller.close()
        else controller.enqueue(encoder.encode(next.value))
      } catch (error) {
        onFailure(error)
        controller.error(error)
      }
    },
    async cancel() {
      isWanted = false
      await rest.return(undefined)
    },
  })
}

/** The objects to write for the steps, the result and a late failure of a run. */
type Said<Step, Result> = {
  step(step: Step): object
  result(result: Result): object
  failure(error: unknown): object
}

/**
 * One line of JSON for each step of a run, then one with its result or its error. Throws an error that occurs before the
 * first line.
 */
async function* linesOf<Step, Result>(
  run: AsyncGenerator<Step, Result>,
  said: Said<Step, Result>,
): AsyncGenerator<string> {
  const text = (line: object) => `${JSON.stringify(line)}\n`
  let hasBegun = false
  try {
    for (;;) {
      const next = await run.next()
      const line = next.done ? said.result(next.value) : said.step(next.value)
      hasBegun = true
      yield text(line)
      if (next.done) return
    }
  } catch (error) {
    if (!hasBegun) throw error
    yield text(said.failure(error))
  } finally {
    await run.return(undefined as never)
  }
}

/**
 * Streams a run as newline-delimited JSON. A client that disconnects ends the run. Throws an error that occurs before
 * the first step, when it can still be answered with a problem.
 */
export async function answerLines<Step, Result>(
  run: AsyncGenerator<Step, Result>,
  said: Said<Step, Result>,
): Promise<Response> {
  const lines = linesOf(run, said)
  const first = await lines.next()
  const body = streamOf(first.done ? '' : first.value, lines, said.failure)
  return new Response(body, {
    headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' },
  })
}
