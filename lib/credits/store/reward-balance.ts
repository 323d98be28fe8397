import { type Millicredits, maxOf, millicredits, ZERO } from '@/lib/millicredits'
import type { Queryable } from './load-account'

/** A creator's rewards. `balance`, `onHold` and `owed` are current; `reversed` excludes what was restored. */
export type RewardTotals = {
  /** Rewards that can be moved to spendable credits. */
  balance: Millicredits
  onHold: Millicredits
  /** Rewards reversed beyond the balance, which the next rewards make up. */
  owed: Millicredits
  earned: Millicredits
  reversed: Millicredits
  transferred: Millicredits
  /** The free-funded part of rewards that are neither reversed nor moved; negative if more was moved than is left. */
  outstandingFree: number
}

type Row = {
  earned: number
  earned_free: number
  on_hold: number
  reversed: number
  reversed_free: number
  transferred: number
  transferred_free: number
}

/**
 * balance = max(0, earned − reversed − transferred − on hold); `owed` is the negative part (docs/architecture.md,
 * "Rewards").
 */
export async function rewardTotals(db: Queryable, creatorId: string): Promise<RewardTotals> {
  const { rows } = await db.query<Row>({
    name: 'reward-totals',
    text: `
      select c.earned, c.earned_free, c.on_hold - coalesce(a.reversed_on_hold, 0) as on_hold,
        coalesce(a.reversed - a.restored, 0) as reversed, coalesce(a.reversed - a.reversed_paid, 0) as reversed_free,
        coalesce(a.transferred, 0) as transferred, coalesce(a.transferred - a.transferred_paid, 0) as transferred_free
      from (
        select coalesce(sum(earned_paid + earned_free), 0)::bigint as earned,
          coalesce(sum(earned_free), 0)::bigint as earned_free, coalesce(sum(on_hold), 0)::bigint as on_hold
        from reward_counters where creator_id = $1) c
        left join reward_accounts a on a.creator_id = $1`,
    values: [creatorId],
  })
  const [row] = rows
  if (!row) throw new Error('sums are always one row')
  const net = row.earned - row.reversed - row.transferred - row.on_hold
  return {
    balance: maxOf(ZERO, millicredits(net)),
    onHold: millicredits(row.on_hold),
    owed: maxOf(ZERO, millicredits(-net)),
    earned: millicredits(row.earned),
    reversed: millicredits(row.reversed),
    transferred: millicredits(row.transferred),
    outstandingFree: row.earned_free - row.reversed_free - row.transferred_free,
  }
}
