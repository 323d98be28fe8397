import type { ClientBase } from 'pg'
import { z } from 'zod'
import type { Context } from '@/lib/context'
import type { GrantSource } from '@/lib/credits/book/records'
import { allowSilence } from '@/lib/db/pool'
import { InvalidRequest } from '@/lib/errors'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { type MoneyFlow, moneyOf, type PricedSum } from './report-money'
import { type Month, parseMonth } from './report-month'
import { ON_HOLD, REWARDS, SOURCES, USAGE } from './report-sql'
import { requireStaff } from './require-staff'

/** opening + issued − used − expired − revoked = closing, where used = charged − refunded. Held credits are included. */
export type CreditFlow = {
  opening: Millicredits
  issued: Millicredits
  charged: Millicredits
  refunded: Millicredits
  used: Millicredits
  expired: Millicredits
  /** Net of credits that were restored. */
  revoked: Millicredits
  closing: Millicredits
  /** The part of `closing` on expired grants, which their accounts' next movement will record as expired. */
  ended: Millicredits
  /**
   * Credits that returned money should have revoked but that were already spent, minus freed credits that paid them off.
   * They moved nothing, so they are not part of any other figure.
   */
  alreadyUsed: Millicredits
}

/** Credits of one source and currency; unpaid sources have no currency and no money. */
export type SourceRow = {
  source: GrantSource
  currency: string | null
  credits: CreditFlow
  money: MoneyFlow | null
}

/** opening + earned − reversed − moved = closing: rewards earned and not transferred, withheld or not. */
export type RewardFlow = {
  opening: Millicredits
  earned: Millicredits
  reversed: Millicredits
  moved: Millicredits
  closing: Millicredits
}

export type ReportCheck = {
  rule: string
  states: string
  /** The number of contradictions; 0 if none. */
  drifted: number
}

export type MonthlyReport = {
  month: Month
  /** When the report was made, by the product's clock. */
  at: Date
  /** True while the month is running, so that its closing is the present state. */
  isRunning: boolean
  sources: SourceRow[]
  total: CreditFlow
  moneyTotals: { currency: string; money: MoneyFlow }[]
  charges: number
  /** The part of charges that the balance could not cover. */
  absorbed: Millicredits
  rewards: { paid: RewardFlow; free: RewardFlow; total: RewardFlow }
  /** The parts of the closing rewards: movable + onHold − owed = closing. */
  rewardsClosing: { movable: Millicredits; onHold: Millicredits; owed: Millicredits }
  /** `onHold` split by the funding of the uses that earned it. */
  onHoldBy: { paid: Millicredits; free: Millicredits }
  checks: ReportCheck[]
  balances: boolean
}

const SOURCE_ORDER: readonly GrantSource[] = ['allowance', 'pack', 'promo', 'reward']

/** A report on a month may take longer than a page of the dashboard, up to this limit. */
const STATEMENT_TIMEOUT = '10min'

/**
 * Reports the credits owed at the start and end of a month and the movements in between, by source and in money, and
 * creators' rewards. A movement belongs to the month in which it was recorded, so a finished month never changes and each
 * month opens with the previous closing. The figures are checked against balances, roll-ups and grants. For staff and the
 * product's own commands. Throws `InvalidRequest` for an invalid month, or one that has not begun.
 */
export async function readMonthlyReport(ctx: Context, input: { month: string }): Promise<MonthlyReport> {
  if (ctx.caller.kind !== 'system') await requireStaff(ctx)
  const month = parseMonth(input.month)
  if (month === null) throw InvalidRequest.at('month', 'must be a month such as 2026-11')
  const at = ctx.clock.now()
  if (month.from > at) throw InvalidRequest.at('month', 'has not begun')
  const client = await ctx.pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin isolation level repeatable read read only')
    return await reportWithin(client, month, at)
  } finally {
    await client.query('rollback').catch((error: Error) => {
      broken = error
    })
    client.release(broken)
  }
}

const pricedSum = z.object({
  source: z.enum(['allowance', 'pack', 'promo', 'reward']),
  currency: z.string().nullable(),
  paid: z.number().nullable(),
  granted: z.number().nullable(),
  opening: z.int(),
  issued: z.int(),
  charged: z.int(),
  refunded: z.int(),
  expired: z.int(),
  revoked: z.int(),
  closing: z.int(),
  ended: z.int(),
  sold: z.int(),
  alreadyUsed: z.int(),
})
const onHoldRow = z.object({ whole: z.int(), paid: z.int() })
const sourcesRow = z.object({ sums: z.array(pricedSum), grantDrift: z.int(), accountDrift: z.int() })
const usageRow = z.object({ charges: z.int(), absorbed: z.int(), paid: z.int() })
const rewardFields = [
  ...(['openingPaid', 'openingFree', 'earnedPaid', 'earnedFree', 'reversedPaid', 'reversedFree'] as const),
  ...([
    'movedPaid',
    'movedFree',
    'closingPaid',
    'closingFree',
    'onHold',
    'movable',
    'owed',
    'rewardDrift',
  ] as const),
]
const rewardsRow = z.record(z.enum(rewardFields), z.int())
type RewardsRow = z.infer<typeof rewardsRow>

/** Makes the report in one transaction with a consistent snapshot. */
async function reportWithin(client: ClientBase, month: Month, at: Date): Promise<MonthlyReport> {
  await client.query(
    `set local statement_timeout = '${STATEMENT_TIMEOUT}'; set local work_mem = '128MB'; set local jit = off`,
  )
  allowSilence(client, 0)
  const bounds = [month.from, month.to]
  const endedBy = month.to < at ? month.to : at
  const { rows: sourceRows } = await client.query(SOURCES, [...bounds, endedBy])
  const { rows: usageRows } = await client.query(USAGE, bounds)
  const { rows: rewardRows } = await client.query(REWARDS, bounds)
  const { rows: onHoldRows } = await client.query(ON_HOLD, [month.to])
  const { sums, grantDrift, accountDrift } = sourcesRow.parse(sourceRows[0])
  const usage = usageRow.parse(usageRows[0])
  const rewards = rewardsRow.parse(rewardRows[0])
  const onHold = onHoldRow.parse(onHoldRows[0])
  const sources = sourceRowsOf(sums)
  const total = creditsOf(sums)
  const moved = rewards.movedPaid + rewards.movedFree
  const movedIn = creditsOf(sums.filter(({ source }) => source === 'reward')).issued
  const checks: ReportCheck[] = [
    {
      rule: 'accounts',
      states: 'the grants of an account at the beginning and at the end equal its balances',
      drifted: accountDrift,
    },
    {
      rule: 'grants',
      states: 'no grant was negative, above its granted amount, or above zero before it was issued',
      drifted: grantDrift,
    },
    {
      rule: 'charged',
      states:
        'the credits that grants paid for the charges of the month equal the paid amount in the daily roll-up',
      drifted: Number(total.charged !== usage.paid),
    },
    {
      rule: 'rewards',
      states: 'the earned and withheld rewards of a creator equal the daily roll-up',
      drifted: rewards.rewardDrift,
    },
    {
      rule: 'on-hold',
      states: 'the withheld rewards of charges add up to the counters',
      drifted: Number(onHold.whole !== rewards.onHold),
    },
    {
      rule: 'moved',
      states: 'moved rewards equal the credits issued from rewards',
      drifted: Number(moved !== movedIn),
    },
  ]
  return {
    month,
    at,
    isRunning: month.to > at,
    sources,
    total,
    moneyTotals: moneyTotalsOf(sources),
    charges: usage.charges,
    absorbed: millicredits(usage.absorbed),
    rewards: rewardFlows(rewards),
    rewardsClosing: {
      movable: millicredits(rewards.movable),
      onHold: millicredits(rewards.onHold),
      owed: millicredits(rewards.owed),
    },
    onHoldBy: { paid: millicredits(onHold.paid), free: millicredits(rewards.onHold - onHold.paid) },
    checks,
    balances: checks.every(({ drifted }) => drifted === 0),
  }
}

/** One row per source and currency; an unpaid source has a row even without movements. */
function sourceRowsOf(sums: PricedSum[]): SourceRow[] {
  return SOURCE_ORDER.flatMap((source) => {
    const own = sums.filter((sum) => sum.source === source)
    const currencies = [...new Set(own.map(({ currency }) => currency))].sort(byName)
    return (currencies.length === 0 ? [null] : currencies).map((currency) => {
      const same = own.filter((sum) => sum.currency === currency)
      return { source, currency, credits: creditsOf(same), money: currency === null ? null : moneyOf(same) }
    })
  })
}

function byName(left: string | null, right: string | null): number {
  return (left ?? '').localeCompare(right ?? '')
}

function creditsOf(sums: PricedSum[]): CreditFlow {
  const add = (pick: (sum: PricedSum) => number) =>
    millicredits(sums.reduce((total, sum) => total + pick(sum), 0))
  return {
    opening: add((sum) => sum.opening),
    issued: add((sum) => sum.issued),
    charged: add((sum) => sum.charged),
    refunded: add((sum) => sum.refunded),
    used: add((sum) => sum.charged - sum.refunded),
    expired: add((sum) => sum.expired),
    revoked: add((sum) => sum.revoked),
    closing: add((sum) => sum.closing),
    ended: add((sum) => sum.ended),
    alreadyUsed: add((sum) => sum.alreadyUsed),
  }
}

/** The total of a currency's displayed rows, so that nothing is rounded twice. */
function moneyTotalsOf(sources: SourceRow[]): MonthlyReport['moneyTotals'] {
  const currencies = [...new Set(sources.flatMap(({ currency }) => currency ?? []))].sort(byName)
  return currencies.map((currency) => {
    const flows = sources.flatMap((row) => (row.currency === currency && row.money ? [row.money] : []))
    const add = (pick: (flow: MoneyFlow) => number) => flows.reduce((total, flow) => total + pick(flow), 0)
    return {
      currency,
      money: {
        opening: add((flow) => flow.opening),
        issued: add((flow) => flow.issued),
        used: add((flow) => flow.used),
        expired: add((flow) => flow.expired),
        revoked: add((flow) => flow.revoked),
        closing: add((flow) => flow.closing),
        alreadyUsed: add((flow) => flow.alreadyUsed),
      },
    }
  })
}

function rewardFlows(row: RewardsRow): MonthlyReport['rewards'] {
  const flow = (
    pick: (what: 'opening' | 'earned' | 'reversed' | 'moved' | 'closing') => number,
  ): RewardFlow => ({
    opening: millicredits(pick('opening')),
    earned: millicredits(pick('earned')),
    reversed: millicredits(pick('reversed')),
    moved: millicredits(pick('moved')),
    closing: millicredits(pick('closing')),
  })
  return {
    paid: flow((what) => row[`${what}Paid`]),
    free: flow((what) => row[`${what}Free`]),
    total: flow((what) => row[`${what}Paid`] + row[`${what}Free`]),
  }
}
