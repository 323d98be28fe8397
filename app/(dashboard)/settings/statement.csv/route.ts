import { getViewer, pageContext } from '@/lib/auth/viewer'
import { csvResponse } from '@/lib/http/csv-response'
import { countDownload } from '@/lib/http/page-requests'
import { exportStatement } from '@/lib/usage/export-statement'

/** The signed-in person's whole statement as CSV. */
export async function GET(): Promise<Response> {
  const viewer = await getViewer()
  if (viewer === null) return new Response('Sign in first.', { status: 401 })
  const refusal = await countDownload(viewer.userId)
  if (refusal !== null) return refusal
  return csvResponse(exportStatement(pageContext(viewer), viewer.userId), 'statement.csv')
}
