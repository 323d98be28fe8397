import { loadHistoryParams } from '@/components/usage/history-params'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import { exportUsage } from '@/lib/usage/export-usage'
import { listUsedApps } from '@/lib/usage/list-used-apps'
import { cleanParams, filterOf, periodsOf } from '../read-history'

/** What the usage page lists under the same filters, search included, all pages of it. */
export async function GET(request: Request): Promise<Response> {
  const viewer = await getViewer()
  if (viewer === null) return new Response('Sign in first.', { status: 401 })
  const ctx = pageContext(viewer)
  const apps = await listUsedApps(ctx, viewer.userId)
  const params = cleanParams(loadHistoryParams(request), apps)
  const periods = () => periodsOf(ctx, viewer.userId)
  const rows = exportUsage(ctx, await filterOf(ctx, viewer.userId, params, apps, periods))
  const body = new ReadableStream<string>({
    async pull(controller) {
      const next = await rows.next()
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
    async cancel() {
      await rows.return(undefined)
    },
  })
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="usage.csv"',
      'cache-control': 'private, no-store',
    },
  })
}
