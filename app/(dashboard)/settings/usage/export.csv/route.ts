import { loadHistoryParams } from '@/components/usage/history-params'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import { csvResponse } from '@/lib/http/csv-response'
import { countDownload } from '@/lib/http/page-requests'
import { exportUsage } from '@/lib/usage/export-usage'
import { listUsedApps } from '@/lib/usage/list-used-apps'
import { cleanParams, filterOf, periodsOf } from '../read-history'

/** All charges that match the filters and the search of the usage page, as CSV. */
export async function GET(request: Request): Promise<Response> {
  const viewer = await getViewer()
  if (viewer === null) return new Response('Sign in first.', { status: 401 })
  const refusal = await countDownload(viewer.userId)
  if (refusal !== null) return refusal
  const ctx = pageContext(viewer)
  const apps = await listUsedApps(ctx, viewer.userId)
  const params = cleanParams(loadHistoryParams(request), apps)
  const periods = () => periodsOf(ctx, viewer.userId)
  const rows = exportUsage(ctx, await filterOf(ctx, viewer.userId, params, apps, periods))
  return csvResponse(rows, 'usage.csv')
}
