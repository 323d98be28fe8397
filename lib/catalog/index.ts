export { USAGE_COUNT_MAX } from './limits'
export {
  findOperation,
  findPack,
  findPlan,
  freePlan,
  isEditorOperation,
  isFreePlan,
  isOpenTier,
  isSold,
  lookupKeyOf,
  mainPrice,
  paidPlan,
  planOf,
  plansSold,
  planWithTier,
} from './lookup'
export type {
  Catalog,
  Family,
  Operation,
  Pack,
  Plan,
  Prices,
  PriceVersion,
  Rate,
  Tier,
  UsageField,
} from './types'
