export { explainLine } from './describe'
export {
  cheapestAlternative,
  type Price,
  type PriceInput,
  type PriceLine,
  type PriceLineKind,
  type PriceLineUnit,
  premiumBpsFor,
  priceUsage,
} from './price'
export { checkUsage, type Usage, type UsageCheck, type UsageError } from './usage'
