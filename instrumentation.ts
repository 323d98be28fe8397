import type { Instrumentation } from 'next'

/** The runtime with Node APIs; Next's other runtime has neither files nor sockets. */
const isNode = process.env.NEXT_RUNTIME === 'nodejs'

/** Next calls this once before the first request. In development, the output is plain text. */
export async function register(): Promise<void> {
  if (!isNode || process.env.NODE_ENV !== 'production') return
  const { logWhatIsPrinted } = await import('@/lib/http/printed')
  logWhatIsPrinted()
}

/** Logs unexpected errors of pages, actions and route handlers. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, { routePath }) => {
  if (!isNode) return
  const { logFailure } = await import('@/lib/http/log')
  const { safeRequestId } = await import('@/lib/http/request-id')
  const requestId = safeRequestId(request.headers['x-request-id'])
  logFailure(error, { requestId, route: `${request.method} ${routePath}` })
}
