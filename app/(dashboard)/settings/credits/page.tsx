// Answers: how many credits are left, until when, will they last, and what used them? Days and times are in UTC, as
// periods and daily figures are.

import type { Metadata } from 'next'
import { Streamed } from '@/app/streamed'
import { viewerBalance, viewerBalanceJson } from '@/app/viewer-balance'
import { offerLinks, shownCurrency } from '@/components/billing/offer-words'
import { CreditsSkeleton } from '@/components/credits/credits-skeleton'
import { CreditsView } from '@/components/credits/credits-view'
import type { AppNames } from '@/components/usage/app-names'
import { timeRange } from '@/components/usage/live-days'
import { operationSeries } from '@/components/usage/operation-series'
import { OwnPriceChange } from '@/components/usage/own-price-change'
import { usedValues } from '@/components/usage/usage-series'
import { presentHold, presentSummary } from '@/lib/api/present'
import { pageContext, requireViewer, type Viewer } from '@/lib/auth/viewer'
import { fixedCurrencyOf } from '@/lib/billing/read/subscription-rows'
import { catalogAt, freePlanKey } from '@/lib/catalogs/current'
import type { Period } from '@/lib/credits/book/periods'
import type { Hold } from '@/lib/credits/book/records'
import { getEnv } from '@/lib/env'
import { publicId } from '@/lib/ids'
import { startOfDay } from '@/lib/usage/days'
import { lastUsedDay } from '@/lib/usage/last-used-day'
import { listUsedApps, type UsedApp } from '@/lib/usage/list-used-apps'
import { ownPriceChange } from '@/lib/usage/own-price-change'
import { comparedPeriods } from '@/lib/usage/periods'
import { summarizeUsage } from '@/lib/usage/summarize-usage'
import { usageByDay } from '@/lib/usage/usage-by-day'
import { getUser } from '@/lib/users/find-user'
import { firstRun } from '../first-run'
import { orNull } from '../or-null'

export const metadata: Metadata = { title: 'Credits' }

export default async function CreditsPage() {
  const viewer = await requireViewer('/settings/credits')
  return (
    <Streamed here="/settings/credits" fallback={<CreditsSkeleton />}>
      <Credits viewer={viewer} />
    </Streamed>
  )
}

async function Credits({ viewer }: { viewer: Viewer }) {
  const ctx = pageContext(viewer)
  const accountId = viewer.userId
  const now = ctx.clock.now()
  const catalog = catalogAt(now)
  const [balance, user, lastUsed, apps, change] = await Promise.all([
    viewerBalance(accountId),
    getUser(ctx, accountId),
    orNull(ctx, 'the last day of use', () => lastUsedDay(ctx, accountId).then((day) => ({ day }))),
    orNull(ctx, 'the apps of the credits page', () => listUsedApps(ctx, accountId)),
    orNull(ctx, 'the announced price change', () => ownPriceChange(ctx, { accountId, side: 'paid' })),
  ])
  const { current, previous } = comparedPeriods({ ...balance, since: user.createdAt, now })
  // If there is no whole period to compare with, earlier usage still shows the pace.
  const before = { start: previous?.start ?? startOfDay(user.createdAt), end: current.start }
  const readDays = ({ start, end }: Period) =>
    usageByDay(ctx, { accountId, from: start, to: end, view: 'operation' })
  const usage = await orNull(ctx, 'the usage of the credits page', () =>
    Promise.all([
      readDays(current),
      // The request that refreshes the page covers the same range of time.
      summarizeUsage(ctx, { accountId, from: current.start, to: current.end }),
      readDays(before),
    ]),
  )
  return (
    <>
      {change && (
        <div className="mb-6">
          <OwnPriceChange change={change} />
        </div>
      )}
      <CreditsView
        renderedAt={now.toISOString()}
        accountSince={user.createdAt.toISOString()}
        balance={await viewerBalanceJson(accountId)}
        holds={{ data: balance.openHolds.map(presentHold), nextCursor: null }}
        grants={balance.grants.map(({ source, remaining, expiresAt }) => ({
          source,
          amount: remaining,
          expiresAt: expiresAt?.toISOString() ?? null,
        }))}
        period={timeRange(current)}
        usage={
          usage && {
            days: usedValues(usage[0]),
            summary: presentSummary(usage[1]),
            before: usedValues(usage[2]),
            previous: previous && timeRange(previous),
          }
        }
        series={operationSeries().map((one) => ({
          ...one,
          href: `/settings/usage?operation=${one.key}&period=this`,
        }))}
        apps={appNames(apps, balance.openHolds)}
        lastUsed={lastUsed?.day ?? null}
        firstRun={lastUsed?.day === null ? await firstRun(ctx, accountId) : null}
        freePlan={freePlanKey()}
        offers={offerLinks({
          catalog,
          path: '/settings/credits',
          currency: shownCurrency(catalog, await fixedCurrencyOf(ctx, accountId)),
          hasBilling: getEnv().hasBilling,
        })}
      />
    </>
  )
}

/** The names of all apps that were used or hold credits. If the names cannot be read, apps with holds are shown by id. */
function appNames(apps: UsedApp[] | null, holds: Hold[]): AppNames {
  const ids = holds.flatMap(({ appId }) =>
    appId === null ? [] : [[publicId('app', appId), publicId('app', appId)]],
  )
  const names = (apps ?? []).map((app) => [publicId('app', app.id), app.name])
  return Object.fromEntries([...ids, ...names])
}
