import { type Charge, paidOf } from '@/lib/credits/book/records'
import { reversedOf, rewardOf } from '@/lib/credits/book/reward'
import { share } from '@/lib/credits/book/share'
import { type Millicredits, ZERO } from '@/lib/millicredits'
import type { Repriced } from './price-again'

/** The fields of a charge that a comparison needs; `refunded` is the amount refunded so far. */
export type Compared = Pick<Charge, 'base' | 'premium' | 'absorbed' | 'reward' | 'creatorId'> & {
  refunded: Millicredits
}

export type Comparison = Record<'before' | 'after' | 'rewardBefore' | 'rewardAfter', Millicredits>

/** The amount paid at another price if the balance covers the same share of it. */
export function sameShare(charge: Compared, price: Repriced): Millicredits {
  return share((price.base + price.premium) as Millicredits, paidOf(charge), charge.base + charge.premium)
}

/**
 * A charge as it was, and at another price of which `paid` is paid, both net of refunds. The same share of both is refunded.
 * With a price of null, nothing is paid or earned.
 */
export function compare(charge: Compared, price: Repriced | null, paid: Millicredits): Comparison {
  const before = paidOf(charge)
  const refundedOf = (whole: Millicredits) => share(charge.refunded, whole, before)
  const kept = (reward: Millicredits, whole: Millicredits) =>
    (reward - reversedOf(reward, refundedOf(whole), whole)) as Millicredits
  const after = price === null ? ZERO : paid
  const earned =
    price !== null && charge.creatorId !== null ? rewardOf(price.base, price.premium, after) : ZERO
  return {
    before: (before - charge.refunded) as Millicredits,
    after: (after - refundedOf(after)) as Millicredits,
    rewardBefore: kept(charge.reward, before),
    rewardAfter: kept(earned, after),
  }
}
