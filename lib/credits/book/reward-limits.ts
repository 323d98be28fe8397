import type { Catalog } from '@/lib/catalog'

/**
 * The velocity limits in millicredits per UTC day: the most that a creator may earn from one payer, and from all payers
 * together, before further rewards are withheld. The SQL function `rewards_on_hold` applies them to batches and single
 * charges alike.
 */
export function rewardLimits({ terms }: Catalog): { payerMax: number; creatorMax: number } {
  const { rewardPerPayerDailyMax: payerMax, rewardPerCreatorDailyMax: creatorMax } = terms
  return { payerMax, creatorMax }
}
