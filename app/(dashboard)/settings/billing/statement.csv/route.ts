import { getViewer, pageContext } from '@/lib/auth/viewer'
import { csvResponse } from '@/lib/http/csv-response'
import { exportStatement } from '@/lib/usage/export-statement'

/** The whole statement of whoever is signed in. */
export async function GET(): Promise<Response> {
  const viewer = await getViewer()
  if (viewer === null) return new Response('Sign in first.', { status: 401 })
  return csvResponse(exportStatement(pageContext(viewer), viewer.userId), 'statement.csv')
}
