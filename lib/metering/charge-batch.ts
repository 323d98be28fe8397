import type { Context } from '@/lib/context'
import type { Charge } from '@/lib/credits/records'
import type { Outcome } from '@/lib/credits/write-account'
import { type ChargeRequest, chargeUse } from './charge-use'

export type BatchItemResult = { ok: true; outcome: Outcome<Charge> } | { ok: false; error: unknown }

/** How many accounts of one batch are charged side by side. */
const ACCOUNTS_AT_ONCE_MAX = 6

/** Charges each item on its own: a refused one leaves the others alone. Items of one user run in the order given. */
export async function chargeBatch(ctx: Context, items: ChargeRequest[]): Promise<BatchItemResult[]> {
  const results: BatchItemResult[] = new Array(items.length)
  const byUser = new Map<string | undefined, number[]>()
  items.forEach((item, index) => {
    byUser.set(item.user, [...(byUser.get(item.user) ?? []), index])
  })
  const queues = [...byUser.values()]
  const work = async () => {
    for (let queue = queues.pop(); queue !== undefined; queue = queues.pop()) {
      for (const index of queue) {
        const item = items[index]
        if (item) results[index] = await attempt(ctx, item)
      }
    }
  }
  await Promise.all(Array.from({ length: ACCOUNTS_AT_ONCE_MAX }, work))
  return results
}

async function attempt(ctx: Context, item: ChargeRequest): Promise<BatchItemResult> {
  try {
    return { ok: true, outcome: await chargeUse(ctx, item) }
  } catch (error) {
    return { ok: false, error }
  }
}
