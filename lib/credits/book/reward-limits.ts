import { catalog } from '@/lib/catalog'

/**
 * The limits `rewards_on_hold` judges by, in millicredits a UTC day: how much one payer, and how much all payers together, may earn a
 * creator before the excess is put on hold. The SQL function holds the rule itself, for batches and single charges alike.
 */
export function rewardLimits(): { payerMax: number; creatorMax: number } {
  const { rewardPerPayerDailyMax: payerMax, rewardPerCreatorDailyMax: creatorMax } = catalog.terms
  return { payerMax, creatorMax }
}
