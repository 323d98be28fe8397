'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect, useMemo, useRef, useTransition } from 'react'
import { publishBalance } from '@/components/balance/balance-store'
import type { OfferLinks } from '@/components/billing/offer-words'
import type { ChartSeries, DailyValue } from '@/components/charts/chart-data'
import { CumulativeComparison } from '@/components/charts/cumulative-comparison'
import { DailyBreakdown } from '@/components/charts/daily-breakdown'
import { BalancePanel, LimitNotice } from '@/components/credits/balance-panel'
import { BalanceParts } from '@/components/credits/balance-parts'
import { HoldsPanel } from '@/components/credits/holds-panel'
import { type GrantLeft, liveGrants, nextPromoEnd } from '@/components/credits/live-grants'
import { nothingInWords } from '@/components/credits/words'
import { PanelFailed } from '@/components/dashboard/panel-failed'
import { RefreshNote } from '@/components/dashboard/refresh-note'
import { useLive } from '@/components/dashboard/use-live'
import { useRenderAnew } from '@/components/dashboard/use-render-anew'
import { Panel } from '@/components/ui/panel'
import type { AppNames } from '@/components/usage/app-names'
import { findSeries } from '@/components/usage/find-series'
import { FirstRun, type FirstRunData } from '@/components/usage/first-run'
import { bringUpToDate, daysOf, summaryPath, type TimeRange } from '@/components/usage/live-days'
import { rangeInWords } from '@/components/usage/range-words'
import type { BalanceJson, SummaryJson } from '@/lib/contract/account'
import type { ListJson } from '@/lib/contract/fields'
import type { HoldJson } from '@/lib/contract/metering'
import { forecastCredits } from '@/lib/usage/forecast'
import { isBeingRenewed } from '@/lib/usage/period-choices'

export type CreditsData = {
  /** The time of the server's reading, by the product's clock. */
  renderedAt: string
  accountSince: string
  balance: BalanceJson
  holds: ListJson<HoldJson>
  /** The remaining credits of each grant, in the order of spending. */
  grants: GrantLeft[]
  period: TimeRange
  /** Null if the usage could not be read; the balance is still shown. */
  usage: {
    summary: SummaryJson
    days: DailyValue[]
    /** Usage of the previous period, or since the account began. */
    before: DailyValue[]
    /** Null in the first period, or if the account is younger than the previous period. */
    previous: TimeRange | null
  } | null
  series: ChartSeries[]
  apps: AppNames
  /** The day of the last use; null if there is none or it is unknown. */
  lastUsed: string | null
  /** Suggestions for new people; null after the first use. */
  firstRun: FirstRunData | null
  /** The key of the free plan. */
  freePlan: string
  offers: OfferLinks
}

/** The credits page, rendered on the server and kept current in the browser. */
export function CreditsView(data: CreditsData) {
  const { renderedAt, period } = data
  const now = new Date(renderedAt)
  const today = renderedAt.slice(0, 10)
  const balance = useLive({ path: '/balance', initial: data.balance, renderedAt })
  const summary = useLive<SummaryJson | null>({
    path: summaryPath(period),
    initial: data.usage?.summary ?? null,
    renderedAt,
    enabled: data.usage !== null,
  })
  const holds = useLive({
    path: '/holds?status=open',
    initial: data.holds,
    renderedAt,
    // Refreshed until the list is empty too, because the balance may be first to show that nothing is held.
    enabled: (list) => balance.data.held > 0 || list.data.length > 0,
  })
  const usage = useMemo(
    () => (data.usage && summary.data ? bringUpToDate(data.usage.days, today, summary.data) : null),
    [data.usage, today, summary.data],
  )
  // The header shows the same balance.
  useEffect(() => publishBalance(balance.data), [balance.data])
  const { refetch } = balance
  const used = summary.data?.total
  // If the usage arrives first, the balance is refreshed immediately, so that the figures agree.
  const balancedFor = useRef(used)
  useEffect(() => {
    if (balancedFor.current === used) return
    balancedFor.current = used
    refetch()
  }, [used, refetch])
  const values = usage?.values ?? NO_VALUES
  const before = data.usage?.before ?? NO_VALUES
  const series = useMemo(() => withKeys(data.series, values), [data.series, values])
  useRenderAnew(usage?.current === false || isOutdated(data, balance.data, holds.data), renderedAt)

  const grants = liveGrants(data.grants, balance.data)
  const resetsAt = dateOrNull(balance.data.allowance.resetsAt)
  const forecast = forecastCredits({
    grants: grants.map((grant) => ({
      amount: grant.amount,
      // While the renewal is being paid, it is unknown when the allowance expires.
      expiresAt:
        grant.source === 'allowance' && isBeingRenewed(resetsAt, now) ? null : dateOrNull(grant.expiresAt),
    })),
    days: [...before, ...values].map(({ day, value }) => ({ day, total: value })),
    now,
    since: new Date(data.accountSince),
    resetsAt,
  })
  const nothingYet = data.firstRun !== null && usage !== null && values.length === 0
  return (
    <div className="space-y-6">
      <BalancePanel
        freePlan={data.freePlan}
        live={balance}
        now={now}
        forecast={usage === null || nothingYet ? null : forecast}
        allowanceEnds={grants.findLast(({ source }) => source === 'allowance')?.expiresAt ?? null}
        values={usage && values}
        lastUsed={data.lastUsed}
        series={series}
      />
      <LimitNotice balance={balance.data} offers={data.offers} now={now} />
      <HoldsPanel live={holds} apps={data.apps} series={series} today={today} />
      {nothingYet && data.firstRun && <FirstRun {...data.firstRun} />}
      <BalanceParts
        balance={balance.data}
        sellsPacks={data.offers.pack !== null}
        promoEnd={nextPromoEnd(grants)}
        now={now}
      />
      {usage === null ? (
        <UsageFailed />
      ) : (
        !nothingYet && (
          <>
            <UsagePanel
              period={period}
              today={today}
              values={values}
              series={series}
              lastUsed={data.lastUsed}
              live={summary}
            />
            {data.usage?.previous && values.length + before.length > 0 && (
              <Panel title="Compared with the last period">
                <CumulativeComparison
                  label="Credits used this period and the last"
                  current={{ ...daysOf(period), values }}
                  previous={{ ...daysOf(data.usage.previous), values: before }}
                  today={today}
                />
              </Panel>
            )}
          </>
        )
      )}
    </div>
  )
}

const NO_VALUES: DailyValue[] = []

function dateOrNull(instant: string | null): Date | null {
  return instant === null ? null : new Date(instant)
}

/** True after a change that only the server can render: a new period, an unknown app or a new promotion. */
function isOutdated(data: CreditsData, balance: BalanceJson, holds: ListJson<HoldJson>): boolean {
  return (
    balance.allowance.periodStart !== data.balance.allowance.periodStart ||
    balance.promo.remaining > data.balance.promo.remaining ||
    holds.data.some(({ app }) => app !== null && data.apps[app] === undefined)
  )
}

function UsageFailed() {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  return (
    <PanelFailed what="Your usage" busy={pending} onRetry={() => startTransition(() => router.refresh())} />
  )
}

type UsagePanelProps = {
  period: TimeRange
  today: string
  values: DailyValue[]
  series: ChartSeries[]
  lastUsed: string | null
  live: Parameters<typeof RefreshNote>[0]['live']
}

function UsagePanel({ period, today, values, series, lastUsed, live }: UsagePanelProps) {
  return (
    <Panel
      id="by-operation"
      title="By operation"
      description={`${rangeInWords(period)} (UTC), after refunds`}
      actions={
        <Link href="/settings/usage?period=this" className="text-sm text-accent underline underline-offset-4">
          By app, other periods and every charge
        </Link>
      }
      flush
    >
      <div className="px-5 pb-5 sm:px-6 sm:pb-6">
        {values.length === 0 ? (
          <p className="text-sm">{nothingInWords(lastUsed)}</p>
        ) : (
          <DailyBreakdown
            by="by operation"
            values={values}
            series={series}
            {...daysOf(period)}
            today={today}
          />
        )}
      </div>
      <RefreshNote what="Usage" live={live} />
    </Panel>
  )
}

/** Adds a series for each operation that has none. */
function withKeys(series: ChartSeries[], values: readonly DailyValue[]): ChartSeries[] {
  const unknown = new Set(
    values.map((value) => value.key).filter((key) => !series.some((one) => one.key === key)),
  )
  return [...series, ...[...unknown].map((key) => findSeries(series, key))]
}
