import type { Millicredits } from '@/lib/millicredits'
import { share } from './share'

/*
 * The reward of a charge and of its refunds (docs/architecture.md, "Rewards"). The SQL function `share` (lib/credits/sql) computes the
 * same in the batches and reports; reward.test.ts shows that the two agree.
 */

/** What a charge earns the creator of its app: ⌊premium × paid ÷ total⌋, because nobody earns from what nobody paid. */
export function rewardOf(base: Millicredits, premium: Millicredits, paid: Millicredits): Millicredits {
  return share(premium, paid, base + premium)
}

/** The part of a reward that credits bought with money funded, where they paid `bought` of the charge's `paid`. */
export function boughtPartOf(reward: Millicredits, bought: Millicredits, paid: Millicredits): Millicredits {
  return share(reward, bought, paid)
}

/**
 * What refunds of a charge have taken back so far of its reward, or of one part of it: ⌊part × refunded ÷ paid⌋. Each part is
 * rounded down on its own.
 */
export function reversedOf(part: Millicredits, refunded: Millicredits, paid: Millicredits): Millicredits {
  return share(part, refunded, paid)
}
