import { catalog } from '@/lib/catalog'

/**
 * What `rewards_on_hold` judges by, in millicredits a UTC day: what one payer, and what all payers, may earn a creator
 * before the excess is put on hold. The rule itself stands in that function, for batches and single charges alike.
 */
export function rewardLimits(): [payerMax: number, creatorMax: number] {
  return [catalog.terms.rewardPerPayerDailyMax, catalog.terms.rewardPerCreatorDailyMax]
}
