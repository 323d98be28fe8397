import { requireOperator } from '@/lib/authority'
import type { Context } from '@/lib/context'
import type { Charge } from '@/lib/credits/book/records'
import type { Outcome } from '@/lib/credits/store/write-account'
import { chargeSingly, chargeTogether } from '@/lib/credits/verbs/charge-credits'
import { type ChargeRequest, type PlannedCharge, planCharge } from './charge-use'
import { withOptions } from './refusal-options'

export type BatchItemResult = { ok: true; outcome: Outcome<Charge> } | { ok: false; error: unknown }

/** The maximum number of a batch's accounts on the one-by-one path at the same time. */
const ACCOUNTS_AT_ONCE_MAX = 6

type Planned = PlannedCharge & { index: number }

/**
 * Charges each item separately, so a refused item does not affect the others. Items of one user take effect in the given
 * order. All items are priced at the same instant, so that a price change never takes effect within a batch. For operators.
 */
export async function chargeBatch(ctx: Context, items: ChargeRequest[]): Promise<BatchItemResult[]> {
  requireOperator(ctx)
  const results: BatchItemResult[] = new Array(items.length)
  const planned: Planned[] = []
  const now = ctx.clock.now()
  const together: Context = { ...ctx, clock: { now: () => now } }
  const plans = await Promise.allSettled(items.map((item) => planCharge(together, item)))
  for (const [index, plan] of plans.entries()) {
    if (plan.status === 'fulfilled') planned.push({ ...plan.value, index })
    else results[index] = { ok: false, error: plan.reason }
  }
  await chargePlanned(ctx, planned, results)
  return results
}

async function chargePlanned(ctx: Context, planned: Planned[], results: BatchItemResult[]): Promise<void> {
  // An item without a current price may repeat an earlier one, so the one-by-one path decides.
  const left = planned.filter(({ charge }) => charge.refusal)
  const plain = planned.filter(({ charge }) => !charge.refusal)
  try {
    const made = await chargeTogether(
      ctx,
      plain.map(({ charge }) => charge),
    )
    for (const [place, item] of plain.entries()) {
      const value = made[place]
      if (value) results[item.index] = { ok: true, outcome: { value, replayed: false } }
      else left.push(item)
    }
  } catch (error) {
    for (const { index } of plain) results[index] = { ok: false, error }
  }
  await chargeLeft(ctx, left, results)
}

/** Charges the items that the batch did not accept, one by one: accounts in parallel, the items of each account in order. */
async function chargeLeft(ctx: Context, left: Planned[], results: BatchItemResult[]): Promise<void> {
  const byAccount = new Map<string, Planned[]>()
  for (const item of left) {
    const queue = byAccount.get(item.charge.accountId)
    if (queue) queue.push(item)
    else byAccount.set(item.charge.accountId, [item])
  }
  const queues = [...byAccount.values()]
  const work = async () => {
    for (let queue = queues.pop(); queue !== undefined; queue = queues.pop())
      for (const item of queue) results[item.index] = await attempt(ctx, item)
  }
  await Promise.all(Array.from({ length: Math.min(ACCOUNTS_AT_ONCE_MAX, queues.length) }, work))
}

async function attempt(ctx: Context, { charge, use }: Planned): Promise<BatchItemResult> {
  try {
    const outcome = await withOptions(ctx, charge, use, () => chargeSingly(ctx, charge))
    return { ok: true, outcome }
  } catch (error) {
    return { ok: false, error }
  }
}
