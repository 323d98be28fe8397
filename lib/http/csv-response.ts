import { logFailure } from './log'

/** Streams CSV as a file. A client that leaves early stops the work; a failure midway cuts the download short. */
export function csvResponse(rows: AsyncGenerator<string>, filename: string): Response {
  const body = new ReadableStream<string>({
    async pull(controller) {
      try {
        const next = await rows.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      } catch (error) {
        logFailure(error, { requestId: 'none', route: filename })
        controller.error(error)
      }
    },
    async cancel() {
      await rows.return(undefined)
    },
  })
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${filename}"`,
      'cache-control': 'private, no-store',
    },
  })
}
