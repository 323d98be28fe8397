'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useMemo, useTransition } from 'react'
import type { OfferLinks } from '@/components/billing/offer-words'
import type { ChartSeries, DailyValue } from '@/components/charts/chart-data'
import { CumulativeComparison } from '@/components/charts/cumulative-comparison'
import { DailyBreakdown } from '@/components/charts/daily-breakdown'
import { BalancePanel, LimitNotice } from '@/components/credits/balance-panel'
import { BalanceParts } from '@/components/credits/balance-parts'
import { FirstCharge } from '@/components/credits/first-charge'
import { HoldsPanel } from '@/components/credits/holds-panel'
import { amountOf, bringUpToDate } from '@/components/credits/live-days'
import type { BalanceJson, HoldJson, ListJson, SummaryJson } from '@/components/dashboard/api-json'
import { PanelFailed } from '@/components/dashboard/panel-failed'
import { RefreshNote } from '@/components/dashboard/refresh-note'
import { useLive } from '@/components/dashboard/use-live'
import { useRenderAnew } from '@/components/dashboard/use-render-anew'
import { useLocale } from '@/components/ui/locale'
import { Panel } from '@/components/ui/panel'
import type { AppNames } from '@/components/usage/app-names'
import { findSeries } from '@/components/usage/find-series'
import { forecastCredits } from '@/lib/usage/forecast'

export type CreditsData = {
  /** The product's time when this was read. */
  renderedAt: string
  accountSince: string
  balance: BalanceJson
  holds: ListJson<HoldJson>
  /** The days of the period, the last one not included. */
  period: { from: string; to: string }
  /** Null when it could not be read: the balance is shown all the same. */
  usage: {
    summary: SummaryJson
    days: DailyValue[]
    /** Null in the first period. */
    previous: { from: string; to: string; days: DailyValue[] } | null
  } | null
  series: ChartSeries[]
  apps: AppNames
  firstCharge: string
  offers: OfferLinks
}

/** The credits page, rendered by the server first and kept current by the browser. */
export function CreditsView(data: CreditsData) {
  const { renderedAt, period } = data
  const previous = data.usage?.previous ?? null
  const today = renderedAt.slice(0, 10)
  const balance = useLive({ path: '/balance', initial: data.balance, renderedAt })
  const summary = useLive<SummaryJson | null>({
    path: `/usage/summary?from=${period.from}T00:00:00Z&to=${period.to}T00:00:00Z`,
    initial: data.usage?.summary ?? null,
    renderedAt,
    enabled: data.usage !== null,
  })
  const holds = useLive({
    path: '/holds?status=open',
    initial: data.holds,
    renderedAt,
    enabled: balance.data.held > 0 || data.holds.data.length > 0,
  })
  const usage = useMemo(
    () => (data.usage && summary.data ? bringUpToDate(data.usage.days, today, summary.data) : null),
    [data.usage, today, summary.data],
  )
  const values = usage?.values ?? NO_VALUES
  const series = useMemo(() => withKeys(data.series, values), [data.series, values])
  const newPeriod = balance.data.allowance.periodStart !== data.balance.allowance.periodStart
  useRenderAnew(usage?.current === false || newPeriod, renderedAt)

  const forecast = forecastCredits({
    available: amountOf(balance.data.available),
    days: [...(previous?.days ?? []), ...values].map(({ day, value }) => ({ day, total: value })),
    now: new Date(renderedAt),
    since: new Date(data.accountSince),
    resetsAt: balance.data.allowance.resetsAt === null ? null : new Date(balance.data.allowance.resetsAt),
  })
  const nothingYet =
    usage !== null && values.length === 0 && (previous === null || previous.days.length === 0)
  return (
    <div className="space-y-6">
      <BalancePanel
        live={balance}
        forecast={usage === null || nothingYet ? null : forecast}
        values={usage && values}
        series={series}
      />
      <LimitNotice balance={balance.data} offers={data.offers} />
      <HoldsPanel live={holds} apps={data.apps} series={series} today={today} />
      <BalanceParts balance={balance.data} />
      {usage === null ? (
        <UsageFailed />
      ) : nothingYet ? (
        <FirstCharge call={data.firstCharge} />
      ) : (
        <>
          <UsagePanel period={period} today={today} values={values} series={series} live={summary} />
          {previous && (
            <Panel title="Against the last period">
              <CumulativeComparison
                label="Credits used this period against the last"
                current={{ ...period, values }}
                previous={{ from: previous.from, to: previous.to, values: previous.days }}
                today={today}
              />
            </Panel>
          )}
        </>
      )}
    </div>
  )
}

const NO_VALUES: DailyValue[] = []

function UsageFailed() {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  return (
    <PanelFailed what="Your usage" busy={pending} onRetry={() => startTransition(() => router.refresh())} />
  )
}

type UsagePanelProps = {
  period: { from: string; to: string }
  today: string
  values: DailyValue[]
  series: ChartSeries[]
  live: Parameters<typeof RefreshNote>[0]['live']
}

function UsagePanel({ period, today, values, series, live }: UsagePanelProps) {
  const locale = useLocale()
  return (
    <Panel
      id="by-operation"
      title="By operation"
      description={`${rangeInWords(period, locale)} (UTC), what was refunded taken off`}
      actions={
        <Link href="/settings/usage?period=this" className="text-sm text-accent underline underline-offset-4">
          By app, other periods and every charge
        </Link>
      }
      flush
    >
      <div className="px-5 pb-5 sm:px-6 sm:pb-6">
        <DailyBreakdown by="by operation" values={values} series={series} {...period} today={today} />
      </div>
      <RefreshNote what="Usage" live={live} />
    </Panel>
  )
}

/** "12 November – 11 December": the first and the last day of a period, whose `to` is the day after. */
function rangeInWords({ from, to }: { from: string; to: string }, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', timeZone: 'UTC' })
  return format.formatRange(new Date(from), new Date(Date.parse(to) - 1))
}

/** The known series, and one for any operation they do not know. */
function withKeys(series: ChartSeries[], values: readonly DailyValue[]): ChartSeries[] {
  const unknown = new Set(
    values.map((value) => value.key).filter((key) => !series.some((one) => one.key === key)),
  )
  return [...series, ...[...unknown].map((key) => findSeries(series, key))]
}
