export { USAGE_COUNT_MAX, USAGE_SECONDS_MAX } from './limits'
export { catalog, loadCatalog } from './load-catalog'
export {
  findOperation,
  findOperationEver,
  findPack,
  isEditorOperation,
  plan,
  plansSold,
  priceVersion,
  priceVersionAt,
  upcomingPriceVersion,
} from './lookup'
export type {
  Catalog,
  CatalogData,
  Operation,
  OperationFamily,
  OperationTier,
  OperationUnit,
  Pack,
  Plan,
  PlanKey,
  PriceVersion,
  Rate,
  RatedField,
  SurchargeField,
  Terms,
  UsageField,
} from './types'
