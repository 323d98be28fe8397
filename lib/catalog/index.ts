export { USAGE_COUNT_MAX, USAGE_SECONDS_MAX } from './limits'
export { catalog, loadCatalog } from './load-catalog'
export {
  findOperationEver,
  findPack,
  findPlan,
  freePlan,
  isFreePlan,
  isOpenTier,
  paidPlan,
  plan,
  plansSold,
  planWithTier,
  priceVersion,
  priceVersionAt,
  upcomingPriceVersion,
} from './lookup'
export { findOperation, isEditorOperation } from './operations'
export type {
  Catalog,
  CatalogData,
  Operation,
  OperationFamily,
  OperationUnit,
  Pack,
  Plan,
  PriceVersion,
  Rate,
  RatedField,
  SurchargeField,
  Terms,
  Tier,
  UsageField,
} from './types'
