import { HISTORY_PATH, type HistoryParams } from '@/components/usage/history-params'
import { operationEver } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { publicId } from '@/lib/ids'
import type { HistoryFilter } from '@/lib/usage/history-filter'
import type { UsedApp } from '@/lib/usage/list-used-apps'
import { type ComparedPeriods, comparedPeriods, periodRange } from '@/lib/usage/periods'
import { getUser } from '@/lib/users/find-user'

/** Drops filters that name an unknown or removed app. */
export function cleanParams(params: HistoryParams, apps: UsedApp[]): HistoryParams {
  return {
    ...params,
    operation: params.operation !== null && operationEver(params.operation) ? params.operation : null,
    app: apps.some((app) => app.slug === params.app) ? params.app : null,
    q: params.q?.trim().slice(0, 200) || null,
  }
}

/** Converts the parameters of the URL to a filter, with periods resolved to instants. */
export async function filterOf(
  ctx: Context,
  accountId: string,
  params: HistoryParams,
  apps: UsedApp[],
  periods: () => Promise<ComparedPeriods>,
): Promise<HistoryFilter> {
  const choice = { choice: params.period, firstDay: params.from, lastDay: params.to }
  const range = await periodRange({ ...choice, now: ctx.clock.now() }, periods)
  const app = apps.find(({ slug }) => slug === params.app)
  return {
    accountId,
    ...range,
    operation: params.operation,
    app: app ? publicId('app', app.id) : null,
    surface: params.surface,
    reference: null,
    text: params.q,
  }
}

/** Reads the account's periods, which some choices refer to. */
export async function periodsOf(ctx: Context, accountId: string): Promise<ComparedPeriods> {
  const [balance, user] = await Promise.all([getBalance(ctx, accountId), getUser(ctx, accountId)])
  return comparedPeriods({ ...balance, since: user.createdAt, now: ctx.clock.now() })
}

/** The API path of the list's first page; null if the list cannot grow, because of a search or an empty range. */
export function livePathOf(filter: HistoryFilter, limit: number): string | null {
  if (filter.text) return null
  if (filter.from && filter.to && filter.from >= filter.to) return null
  const query = new URLSearchParams({ limit: String(limit) })
  if (filter.from) query.set('from', filter.from.toISOString())
  if (filter.to) query.set('to', filter.to.toISOString())
  if (filter.operation) query.set('operation', filter.operation)
  if (filter.app) query.set('app', filter.app)
  if (filter.surface) query.set('surface', filter.surface)
  return `/usage?${query}`
}

/** The path of the requested list, to return to after signing in. */
export function requestedPath(search: Record<string, string | string[] | undefined>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) if (typeof value === 'string') query.set(name, value)
  return query.size === 0 ? HISTORY_PATH : `${HISTORY_PATH}?${query}`
}
