import type { Instrumentation } from 'next'

/** Next's runtime for what needs Node; the other one has neither files nor sockets. */
const isNode = process.env.NEXT_RUNTIME === 'nodejs'

/** Called by Next once, before it answers anything. Whoever develops reads what is printed, as it is. */
export async function register(): Promise<void> {
  if (!isNode || process.env.NODE_ENV !== 'production') return
  const { logWhatIsPrinted } = await import('@/lib/http/printed')
  logWhatIsPrinted()
}

/** Errors of pages, actions and route handlers that nobody foresaw. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, { routePath }) => {
  if (!isNode) return
  const { logFailure } = await import('@/lib/http/log')
  const { safeRequestId } = await import('@/lib/http/request-id')
  const requestId = safeRequestId(request.headers['x-request-id'])
  logFailure(error, { requestId, route: `${request.method} ${routePath}` })
}
