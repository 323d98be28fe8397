import { z } from 'zod'
import { findApp } from '@/lib/apps/find-app'
import { requireSight } from '@/lib/auth/require'
import { catalogAt } from '@/lib/catalogs/current'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { type RewardTotals, rewardTotals } from '@/lib/credits/store/reward-balance'
import { NotFound } from '@/lib/errors'
import { utcDay } from '@/lib/instant'
import { type Millicredits, millicredits, sum } from '@/lib/millicredits'
import { countPayers, type PayerCounts } from './count-payers'

type RewardsInput = {
  /** The creator. */
  accountId: string
  /** Whole UTC days, from the day of `from` to the last day that starts before `to`. Null means this month so far. */
  from: Date | null
  to: Date | null
  /** One app of the creator, by id, slug or external id. */
  app: string | null
}

/** A creator's rewards from the charges in a range of days. Reversals count on the day of their charge. */
type Earnings = { earned: Millicredits; reversed: Millicredits; onHold: Millicredits }

type Figures = { uses: number; paid: Millicredits }

export type AppRewards = Earnings & {
  appId: string
  /** The number of uses by others and the total they paid; null with too few payers (docs/product.md, row 9). */
  figures: Figures | null
  /**
   * By operation, highest reward first; null with too few payers. Operations with too few payers are merged into
   * `OTHER_OPERATIONS`, together with one more operation if they would still be too few.
   */
  byOperation: OperationRewards[] | null
}

export type OperationRewards = Earnings & Figures & { operation: string }

/** The merged entry of operations with too few payers (docs/product.md, row 9). */
export const OTHER_OPERATIONS = 'other'

/** `balance` to `transferred` cover all time; the lists and the totals over all apps cover the period. */
export type Rewards = Pick<RewardTotals, 'balance' | 'onHold' | 'owed' | 'reversed' | 'transferred'> & {
  earnedTotal: Millicredits
  /** The rewards of the calendar month (UTC), including withheld ones. */
  earnedThisMonth: Millicredits
  /**
   * The uses of all apps in the period; null if any app has too few payers, because subtraction would reveal its figures.
   */
  figures: Figures | null
  byApp: AppRewards[]
  /** Days in order; days without a use are omitted. */
  byDay: (Earnings & { day: string })[]
}

/**
 * The rewards of a creator's apps: amounts by app and day always; uses and figures by operation only for periods with
 * enough payers, and never who the payers were. Throws `NotFound` for another creator's rewards or app.
 */
export async function getRewards(ctx: Context, input: RewardsInput): Promise<Rewards> {
  const { accountId } = input
  requireSight(ctx, accountId, 'user')
  const days = daysOf(ctx, input)
  const appId = input.app === null ? null : await ownApp(ctx, input.app, accountId)
  const [totals, earnedThisMonth, rows] = await Promise.all([
    rewardTotals(ctx.pool, accountId),
    earnedSince(ctx, accountId, startOfMonth(ctx.clock.now())),
    readDays(ctx, accountId, days, appId),
  ])
  const byApp = await Promise.all(
    groupBy(rows, (row) => row.app_id).map(([app, own]) => appRewards(ctx, accountId, app, own, days)),
  )
  byApp.sort((left, right) => right.earned - left.earned || (left.appId < right.appId ? -1 : 1))
  const isOpen = byApp.every(({ figures }) => figures !== null)
  return {
    balance: totals.balance,
    onHold: totals.onHold,
    owed: totals.owed,
    reversed: totals.reversed,
    transferred: totals.transferred,
    earnedTotal: totals.earned,
    earnedThisMonth,
    figures: isOpen ? figuresOf(rows) : null,
    byApp,
    byDay: groupBy(rows, (row) => row.day).map(([day, own]) => ({ day, ...earningsOf(own) })),
  }
}

type Days = { first: string; last: string; count: number }

function daysOf(ctx: Context, { from, to }: RewardsInput): Days {
  const now = ctx.clock.now()
  const first = utcDay(from ?? startOfMonth(now))
  const last = utcDay(to === null ? now : new Date(to.getTime() - 1))
  return { first, last, count: Math.max(0, (Date.parse(last) - Date.parse(first)) / DAY_MS + 1) }
}

function startOfMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()))
}

async function ownApp(ctx: Context, name: string, accountId: string): Promise<string> {
  const app = await findApp(ctx, name)
  if (app.creatorId !== accountId) throw new NotFound('app')
  return app.id
}

const amount = z.number().transform((value) => millicredits(value))
const dayRow = z.object({
  day: z.string(),
  app_id: z.string(),
  operation: z.string(),
  uses: z.number(),
  paid: amount,
  earned: amount,
  on_hold: amount,
  reversed: amount,
})
type DayRow = z.output<typeof dayRow>

async function readDays(
  ctx: Context,
  accountId: string,
  days: Days,
  appId: string | null,
): Promise<DayRow[]> {
  const { rows } = await ctx.pool.query({
    name: 'reward-days',
    text: `
      select day::text, app_id, operation, sum(uses)::bigint as uses, sum(paid)::bigint as paid,
        sum(earned)::bigint as earned, sum(on_hold - reversed_on_hold)::bigint as on_hold, sum(reversed)::bigint as reversed
      from reward_days
      where creator_id = $1 and day >= $2::date and day <= $3::date and ($4::uuid is null or app_id = $4)
      group by day, app_id, operation order by day, app_id, operation`,
    values: [accountId, days.first, days.last, appId],
  })
  return z.array(dayRow).parse(rows)
}

async function earnedSince(ctx: Context, accountId: string, from: Date): Promise<Millicredits> {
  const { rows } = await ctx.pool.query<{ earned: number }>({
    name: 'earned-since',
    text: `select coalesce(sum(earned), 0)::bigint as earned from reward_days where creator_id = $1 and day >= $2::date`,
    values: [accountId, utcDay(from)],
  })
  return millicredits(rows[0]?.earned ?? 0)
}

async function appRewards(
  ctx: Context,
  creatorId: string,
  appId: string,
  rows: DayRow[],
  days: Days,
): Promise<AppRewards> {
  const enough = catalogAt(ctx.clock.now()).terms.creatorFiguresPayersMin
  const operations = [...new Set(rows.map((row) => row.operation))]
  const payersOf = await countPayers(ctx, { creatorId, appId, operations, ...days, enough })
  const isOpen = payersOf(operations) >= enough
  return {
    appId,
    ...earningsOf(rows),
    figures: isOpen ? figuresOf(rows) : null,
    byOperation: isOpen ? operationRewards(rows, payersOf, enough) : null,
  }
}

/** The listed operations add up to the app's figures, so neither a line nor the remainder may have too few payers. */
function operationRewards(rows: DayRow[], payersOf: PayerCounts, enough: number): OperationRewards[] {
  const all = groupBy(rows, (row) => row.operation).map(([operation, own]) => operationLine(operation, own))
  const open = all.filter(({ operation }) => payersOf([operation]) >= enough).sort(byEarned)
  const isTold = (operation: string) => open.some((line) => line.operation === operation)
  const others = () => all.map(({ operation }) => operation).filter((operation) => !isTold(operation))
  // The operation added to the merged entry has enough payers itself.
  if (others().length > 0 && payersOf(others()) < enough) open.pop()
  const rest = rows.filter(({ operation }) => !isTold(operation))
  return rest.length === 0 ? open : [...open, operationLine(OTHER_OPERATIONS, rest)]
}

function operationLine(operation: string, rows: DayRow[]): OperationRewards {
  return { operation, ...earningsOf(rows), ...figuresOf(rows) }
}

function byEarned(left: OperationRewards, right: OperationRewards): number {
  return right.earned - left.earned || (left.operation < right.operation ? -1 : 1)
}

function earningsOf(rows: DayRow[]): Earnings {
  return {
    earned: sum(rows.map((row) => row.earned)),
    reversed: sum(rows.map((row) => row.reversed)),
    onHold: sum(rows.map((row) => row.on_hold)),
  }
}

function figuresOf(rows: DayRow[]): Figures {
  return { uses: rows.reduce((total, row) => total + row.uses, 0), paid: sum(rows.map((row) => row.paid)) }
}

/** Groups rows, in the order of each group's first row. */
function groupBy(rows: DayRow[], keyOf: (row: DayRow) => string): [string, DayRow[]][] {
  const groups = new Map<string, DayRow[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return [...groups]
}
