import type { Instrumentation } from 'next'

/** True in the runtime with Node APIs; Next's other runtime has neither files nor sockets. */
const isNode = process.env.NEXT_RUNTIME === 'nodejs'

/** Next calls this once before the first request. In development, the output is plain text. */
export async function register(): Promise<void> {
  if (!isNode || process.env.NODE_ENV !== 'production') return
  const { logWhatIsPrinted } = await import('@/lib/http/printed')
  logWhatIsPrinted()
  await readCatalogs()
}

/** Reads the catalogue where Next serves the API without `server.ts`, which has read it already. */
async function readCatalogs(): Promise<void> {
  const { areCatalogsKnown } = await import('@/lib/catalogs/current')
  if (areCatalogsKnown()) return
  const { followCatalogs, openCatalogs } = await import('@/lib/catalogs/follow')
  const { getPool } = await import('@/lib/db/pool')
  const { logFailure } = await import('@/lib/http/log')
  await openCatalogs(getPool())
  followCatalogs(getPool(), (error) => logFailure(error, { requestId: 'none', route: 'catalogue' }))
}

/** Logs unexpected errors from pages, actions and route handlers. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, { routePath }) => {
  if (!isNode) return
  const { logFailure } = await import('@/lib/http/log')
  const { safeRequestId } = await import('@/lib/http/request-id')
  const requestId = safeRequestId(request.headers['x-request-id'])
  logFailure(error, { requestId, route: `${request.method} ${routePath}` })
}
