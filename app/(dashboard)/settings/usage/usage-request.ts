import { viewerBalance } from '@/app/viewer-balance'
import { EVERYTHING, type HistoryParams, historyHref, periodNames } from '@/components/usage/history-params'
import { pageContext, type Viewer } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { type ChartDays, chartDays } from '@/lib/usage/chart-days'
import type { HistoryFilter } from '@/lib/usage/history-filter'
import { lastUsedDay } from '@/lib/usage/last-used-day'
import { listUsedApps, type UsedApp } from '@/lib/usage/list-used-apps'
import { comparedPeriods } from '@/lib/usage/periods'
import { getUser } from '@/lib/users/find-user'
import { orNull } from '../or-null'
import { cleanParams, filterOf } from './read-history'

/** The request shared by the panels of the usage page, which answer it separately. */
export type UsageRequest = {
  ctx: Context
  accountId: string
  now: Date
  params: HistoryParams
  apps: UsedApp[]
  filter: HistoryFilter
  /** Null if the chosen range contains no days. */
  drawn: ChartDays | null
  /** True if the account has never been charged. */
  nothingYet: boolean
  /** The day of the last charge; null if there is none or it could not be read. */
  lastUsed: string | null
}

/**
 * Reads the data that the panels share. If the names of apps cannot be read, the page works unless it is filtered by an app.
 */
export async function readUsageRequest(viewer: Viewer, asked: HistoryParams): Promise<UsageRequest> {
  const ctx = pageContext(viewer)
  const accountId = viewer.userId
  const now = ctx.clock.now()
  const readApps = () => listUsedApps(ctx, accountId)
  const [apps, used, balance, user] = await Promise.all([
    asked.app === null ? orNull(ctx, 'the apps of the usage page', readApps) : readApps(),
    orNull(ctx, 'the last day of use', () => lastUsedDay(ctx, accountId).then((day) => ({ day }))),
    viewerBalance(accountId),
    getUser(ctx, accountId),
  ])
  const params = cleanParams(asked, apps ?? [])
  const periods = comparedPeriods({ ...balance, since: user.createdAt, now })
  const filter = await filterOf(ctx, accountId, params, apps ?? [], async () => periods)
  const drawn = chartDays({
    choice: params.period,
    range: filter,
    since: user.createdAt,
    now,
    plan: balance.plan,
    periods,
  })
  return {
    ctx,
    accountId,
    now,
    params,
    apps: apps ?? [],
    filter,
    drawn,
    nothingYet: used?.day === null,
    lastUsed: used?.day ?? null,
  }
}

/** Widens the search of an empty list: first to the same text over all time, then to all charges. */
export function widerThan(params: HistoryParams): { href: string; label: string } {
  if (params.q !== null && params.period !== 'all') {
    return {
      href: historyHref(params, { period: 'all', from: null, to: null }),
      label: `Search ${periodNames.all.toLowerCase()}`,
    }
  }
  return { href: historyHref(params, EVERYTHING), label: 'Show all charges' }
}
