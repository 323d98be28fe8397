export { USAGE_COUNT_MAX, USAGE_SECONDS_MAX } from './limits'
export { catalog, loadCatalog } from './load-catalog'
export {
  findOperation,
  findOperationEver,
  findPack,
  findPlan,
  freePlan,
  isEditorOperation,
  isFreePlan,
  isOpenTier,
  paidPlan,
  plan,
  planWithTier,
  priceVersion,
  priceVersionAt,
  upcomingPriceVersion,
} from './lookup'
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
