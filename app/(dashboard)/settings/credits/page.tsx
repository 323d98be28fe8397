// Answers: how many credits are left, until when, will they last, and what used them?
// Days and times are UTC, because periods and daily figures are; numbers and dates follow Accept-Language.
import type { Metadata } from 'next'
import { Suspense } from 'react'
import { offerLinks } from '@/components/billing/offer-words'
import { CreditsSkeleton } from '@/components/credits/credits-skeleton'
import { CreditsView } from '@/components/credits/credits-view'
import { firstChargeCall } from '@/components/credits/first-charge'
import { daysOf } from '@/components/credits/live-days'
import { readerLocale } from '@/components/site/reader-locale'
import { operationSeries } from '@/components/usage/operation-series'
import { usedValues } from '@/components/usage/usage-series'
import { presentBalance, presentHold, presentSummary } from '@/lib/api/present'
import { pageContext, requireViewer, type Viewer } from '@/lib/auth/viewer'
import { getPlanStatus } from '@/lib/billing/get-billing-state'
import { getBalance } from '@/lib/credits/get-balance'
import type { Period } from '@/lib/credits/periods'
import { getEnv } from '@/lib/env'
import { publicId } from '@/lib/ids'
import { dayStart } from '@/lib/usage/days'
import { listUsedApps } from '@/lib/usage/list-used-apps'
import { comparedPeriods } from '@/lib/usage/periods'
import { summarizeUsage } from '@/lib/usage/summarize-usage'
import { usageByDay } from '@/lib/usage/usage-by-day'
import { getUser } from '@/lib/users/find-user'
import { orNull } from '../or-null'

export const metadata: Metadata = { title: 'Credits' }

export default async function CreditsPage() {
  const viewer = await requireViewer('/settings/credits')
  return (
    <Suspense fallback={<CreditsSkeleton />}>
      <Credits viewer={viewer} />
    </Suspense>
  )
}

async function Credits({ viewer }: { viewer: Viewer }) {
  const ctx = pageContext(viewer)
  const accountId = viewer.userId
  const now = ctx.clock.now()
  const [balance, user, apps] = await Promise.all([
    getBalance(ctx, accountId),
    getUser(ctx, accountId),
    orNull(ctx, 'the apps of the credits page', () => listUsedApps(ctx, accountId)),
  ])
  const { current, previous } = comparedPeriods({ ...balance, since: user.createdAt, now })
  const period = drawnDays(current)
  // Charts draw whole days, so the summary that keeps them current is asked for the same ones.
  const wholeDays = { from: dayStart(period.from), to: dayStart(period.to) }
  const before = previous && drawnDays(previous)
  const usage = await orNull(ctx, 'the usage of the credits page', () =>
    Promise.all([
      usageByDay(ctx, { accountId, ...wholeDays, view: 'operation' }),
      summarizeUsage(ctx, { accountId, ...wholeDays }),
      before
        ? usageByDay(ctx, {
            accountId,
            from: dayStart(before.from),
            to: wholeDays.from,
            view: 'operation',
          })
        : [],
    ]),
  )
  return (
    <CreditsView
      renderedAt={now.toISOString()}
      accountSince={user.createdAt.toISOString()}
      balance={presentBalance(balance, await getPlanStatus(ctx, balance))}
      holds={{ data: balance.openHolds.map(presentHold), nextCursor: null }}
      period={period}
      usage={
        usage && {
          days: usedValues(usage[0]),
          summary: presentSummary(usage[1]),
          previous: before && { ...before, to: period.from, days: usedValues(usage[2]) },
        }
      }
      series={operationSeries().map((one) => ({
        ...one,
        href: `/settings/usage?operation=${one.key}&period=this`,
      }))}
      apps={Object.fromEntries((apps ?? []).map((app) => [publicId('app', app.id), app.name]))}
      firstCharge={firstChargeCall(getEnv().appUrl, publicId('user', accountId))}
      offers={offerLinks('/settings/credits', await readerLocale())}
    />
  )
}

function drawnDays({ start, end }: Period): { from: string; to: string } {
  return daysOf({ start: start.toISOString(), end: end.toISOString() })
}
