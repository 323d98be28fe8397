export { explainLine } from './describe'
export {
  type Price,
  type PriceInput,
  type PriceLine,
  type PriceLineKind,
  premiumBpsFor,
  priceUsage,
} from './price'
export type { Usage, UsageCheck, UsageError } from './usage'
