/**
 * Streams a run as the response: one event per line, as JSON. Closing the connection stops the run and charges the usage so
 * far.
 */
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
      // Proxies that buffer answers would defeat the stream.
      'x-accel-buffering': 'no',
    },
  })
}
