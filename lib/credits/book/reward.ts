import type { Millicredits } from '@/lib/millicredits'
import { share } from './share'

/*
 * The reward of a charge and of its refunds (docs/architecture.md, "Rewards"). The SQL function `share` (lib/credits/sql)
 * does the same in batches and reports; reward.test.ts compares the two.
 */

/** The reward of a charge: ⌊premium × paid ÷ total⌋. The absorbed part of a price earns nothing. */
export function rewardOf(base: Millicredits, premium: Millicredits, paid: Millicredits): Millicredits {
  return share(premium, paid, base + premium)
}

/** The part of a reward funded by bought credits, which paid `bought` of the charge's `paid`. */
export function boughtPartOf(reward: Millicredits, bought: Millicredits, paid: Millicredits): Millicredits {
  return share(reward, bought, paid)
}

/**
 * The part of a reward (or of one part of it) that refunds have reversed so far: ⌊part × refunded ÷ paid⌋. Each part is
 * rounded down separately.
 */
export function reversedOf(part: Millicredits, refunded: Millicredits, paid: Millicredits): Millicredits {
  return share(part, refunded, paid)
}
