import type { AppRewardsRow, OperationRow } from '@/components/rewards/app-rewards'
import { operationSeries } from '@/components/usage/operation-series'
import type { App } from '@/lib/apps/app'
import { getApp } from '@/lib/apps/find-app'
import { findOperation } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { publicId } from '@/lib/ids'
import { millicredits, sum } from '@/lib/millicredits'
import type { PeriodEarnings } from '@/lib/rewards/compare-periods'
import { type OperationRewards, OTHER_OPERATIONS, type Rewards } from '@/lib/rewards/get-rewards'

type RowsInput = { rewards: Pick<Rewards, 'byApp'>; made: App[] }

/** The apps that earned rewards, with names, amounts after refunds, and a cheaper alternative for each operation. */
export async function appRows(ctx: Context, { rewards, made }: RowsInput): Promise<AppRewardsRow[]> {
  const known = new Map(made.map((app) => [app.id, app]))
  return Promise.all(
    rewards.byApp.map(async ({ appId, earned, reversed, onHold, figures, byOperation }) => {
      const id = publicId('app', appId)
      const { name, slug } = known.get(appId) ?? (await getApp(ctx, id))
      const operations = byOperation?.map((one) => operationRow(ctx, one)) ?? null
      return {
        id,
        name,
        slug,
        earned: millicredits(earned - reversed),
        reversed,
        onHold,
        figures,
        operations,
      }
    }),
  )
}

const OTHER_LABEL = 'Other operations, each with too few payers to be shown'

function operationRow(
  ctx: Context,
  { operation: key, uses, paid, earned, reversed }: OperationRewards,
): OperationRow {
  const series = operationSeries().find((one) => one.key === key)
  const version = catalogAt(ctx.clock.now())
  const standard = findOperation(version, key)?.cheaperAlternative ?? null
  const cheaper = standard === null ? undefined : findOperation(version, standard)
  return {
    key,
    label: key === OTHER_OPERATIONS ? OTHER_LABEL : (series?.label ?? key),
    colorVar: series?.colorVar ?? '--line-strong',
    uses,
    paid,
    earned: millicredits(earned - reversed),
    cheaper: cheaper ? `Cheapest change: ${cheaper.name}, ${cheaper.shownAs}` : null,
  }
}

/** A period's figures, for comparison with another period. */
export function periodOf({ byDay, figures }: Pick<Rewards, 'byDay' | 'figures'>): PeriodEarnings {
  return {
    earned: sum(byDay.map(({ earned }) => earned)),
    reversed: sum(byDay.map(({ reversed }) => reversed)),
    uses: figures?.uses ?? null,
  }
}
