/** A run as an answer: one event a line, JSON. Whoever leaves stops the run, and what was used until then is charged. */
export function streamResponse(run: { events: AsyncIterable<object>; stop(): void }): Response {
  const encoder = new TextEncoder()
  const events = run.events[Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await events.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
    },
    cancel: () => run.stop(),
  })
  return new Response(body, {
    headers: {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies that gather answers would hide that it is a stream.
      'x-accel-buffering': 'no',
    },
  })
}
