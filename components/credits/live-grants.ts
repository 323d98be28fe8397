import { amountOf } from '@/components/format/amount-of'
import type { BalanceJson } from '@/lib/contract/account'
import { type Millicredits, millicredits, minOf, sum, ZERO } from '@/lib/millicredits'

type Source = 'allowance' | 'pack' | 'reward' | 'promo'

/** The remaining credits of a grant; `expiresAt` is null if they never expire. */
export type GrantLeft = { source: Source; amount: Millicredits; expiresAt: string | null }

/**
 * Updates the server's grants, in the order of spending, from a newer balance, which gives the remaining credits by
 * source. New credits get the expiry of their source; a new promotion shows its own after the next rendering.
 */
export function liveGrants(rendered: readonly GrantLeft[], balance: BalanceJson): GrantLeft[] {
  const left: Record<Source, Millicredits> = {
    allowance: amountOf(balance.allowance.remaining),
    pack: amountOf(balance.packs.remaining),
    reward: amountOf(balance.moved.remaining),
    promo: amountOf(balance.promo.remaining),
  }
  // The last grants of a source are spent last, so they are filled first.
  const kept = rendered.toReversed().map((grant): GrantLeft => {
    const amount = minOf(grant.amount, left[grant.source])
    left[grant.source] = millicredits(left[grant.source] - amount)
    return { ...grant, amount }
  })
  const added = SOURCES.map(
    (source): GrantLeft => ({
      source,
      amount: left[source],
      expiresAt: source === 'allowance' ? balance.allowance.resetsAt : null,
    }),
  )
  return [...kept.reverse(), ...added]
    .filter(({ amount }) => amount > ZERO)
    .sort((one, other) => endOf(one) - endOf(other))
}

const SOURCES: readonly Source[] = ['allowance', 'pack', 'reward', 'promo']

function endOf({ expiresAt }: GrantLeft): number {
  return expiresAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(expiresAt)
}

/** The promotional credits that expire next, and when; null if none expire. */
export function nextPromoEnd(
  grants: readonly GrantLeft[],
): { amount: Millicredits; expiresAt: string } | null {
  const promos = grants.filter(({ source }) => source === 'promo')
  const expiresAt = promos.find((grant) => grant.expiresAt !== null)?.expiresAt ?? null
  if (expiresAt === null) return null
  const day = expiresAt.slice(0, 10)
  return {
    amount: sum(promos.filter((grant) => grant.expiresAt?.startsWith(day)).map(({ amount }) => amount)),
    expiresAt,
  }
}
