import { getViewer, pageContext } from '@/lib/auth/viewer'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { readMonthlyReport } from '@/lib/operator/report'
import { reportCsv } from '@/lib/operator/report-csv'

/** The report of `?month=` as CSV. For everyone but staff, the route does not exist. */
export async function GET(request: Request): Promise<Response> {
  const ctx = pageContext(await getViewer())
  const month = new URL(request.url).searchParams.get('month') ?? ''
  try {
    const report = await readMonthlyReport(ctx, { month })
    return new Response(reportCsv(report), {
      headers: {
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': `attachment; filename="credits-${report.month.name}.csv"`,
        'cache-control': 'private, no-store',
      },
    })
  } catch (error) {
    if (error instanceof NotFound) return new Response('Not found.', { status: 404 })
    if (error instanceof InvalidRequest) return new Response(error.message, { status: 422 })
    throw error
  }
}
