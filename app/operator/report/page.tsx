// Answers: what is owed in credits, what was earned with them, what do rewards cost, and does it add up? Months are in UTC.

import type { Metadata } from 'next'
import { staffContext } from '@/app/operator/staff-context'
import { Streamed } from '@/app/streamed'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { LinkButton } from '@/components/ui/link-button'
import { Notice } from '@/components/ui/notice'
import { PageHeader } from '@/components/ui/shell'
import { type Month, monthOf, monthsFrom, parseMonth } from '@/lib/operator/report-month'
import { Glossary } from './glossary'
import { Report } from './report'
import { ReportSkeleton } from './report-skeleton'

export const metadata: Metadata = { title: 'Report' }

type ReportPageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function ReportPage({ searchParams }: ReportPageProps) {
  const { ctx } = await staffContext()
  const [{ month: asked }] = await Promise.all([searchParams])
  const now = ctx.clock.now()
  const current = monthOf(now)
  const month = parseMonth(typeof asked === 'string' ? asked : current)
  const isReadable = month !== null && month.from <= now
  return (
    <>
      <PageHeader
        title="Monthly report"
        description="The credits owed at the beginning and end of a month, and the changes in between. Months are in UTC."
        actions={
          isReadable && (
            <LinkButton href={`/operator/report/export.csv?month=${month.name}`} prefetch={false} download>
              Download CSV
            </LinkButton>
          )
        }
      />
      <MonthChoice month={isReadable ? month : null} current={current} />
      {isReadable ? (
        <Streamed
          key={month.name}
          here={`/operator/report?month=${month.name}`}
          fallback={<ReportSkeleton />}
        >
          <Report ctx={ctx} month={month.name} />
        </Streamed>
      ) : (
        <Notice
          tone="warn"
          title="There is no report for this month."
          action={
            <LinkButton href="/operator/report" size="sm">
              This month
            </LinkButton>
          }
        >
          Choose a month that has begun, such as {current}.
        </Notice>
      )}
      <Glossary />
    </>
  )
}

/** Links to the previous and next month, and a form for any other. The month is in the URL. */
function MonthChoice({ month, current }: { month: Month | null; current: string }) {
  const earlier = month && monthsFrom(month, -1)
  const later = month && month.name < current ? monthsFrom(month, 1) : null
  return (
    <div className="mb-6 flex flex-wrap items-end gap-3">
      <form action="/operator/report" className="flex items-end gap-2">
        <Input
          label="Month (UTC)"
          type="month"
          name="month"
          required
          pattern="\d{4}-\d{2}"
          placeholder={current}
          max={current}
          defaultValue={month?.name ?? current}
        />
        <Button type="submit">Show</Button>
      </form>
      <nav aria-label="Months" className="flex gap-2">
        {earlier && <LinkButton href={`/operator/report?month=${earlier}`}>Earlier</LinkButton>}
        {later && <LinkButton href={`/operator/report?month=${later}`}>Later</LinkButton>}
      </nav>
    </div>
  )
}
