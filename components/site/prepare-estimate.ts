import {
  type Operation,
  type PriceVersion,
  RATED_FIELDS,
  type RatedField,
  REQUIRED_FIELDS,
} from '@/lib/catalog/types'
import { type Millicredits, ZERO } from '@/lib/millicredits'
import { type Price, premiumBpsFor, priceUsage, type Usage, type UsageError } from '@/lib/pricing'
import { checkUsage } from '@/lib/pricing/usage'

/** The range and step of a quantity's slider. The number field accepts any value that can be charged. */
type Scale = { label: string; unit: string; max: number; step: number }

const SCALES: Record<RatedField, Scale> = {
  pages: { label: 'Pages', unit: 'pages', max: 50, step: 1 },
  images: { label: 'Images', unit: 'images', max: 20, step: 1 },
  seconds: { label: 'Length of the video', unit: 'seconds', max: 60, step: 0.5 },
  characters: { label: 'Characters', unit: 'chars', max: 20_000, step: 100 },
  inputTokens: { label: 'Input tokens', unit: 'tokens', max: 100_000, step: 500 },
  cachedInputTokens: { label: 'Of them cached', unit: 'tokens', max: 100_000, step: 500 },
  outputTokens: { label: 'Output tokens', unit: 'tokens', max: 20_000, step: 100 },
  toolCalls: { label: 'Tool calls', unit: 'calls', max: 50, step: 1 },
}

/** Default quantities for an everyday use. Other fields start at 0, or at 1 if they are required. */
const EVERYDAY: Partial<Record<Operation['family'], Partial<Record<RatedField, number>>>> = {
  editor: { inputTokens: 20_000, cachedInputTokens: 12_000, outputTokens: 2_000, toolCalls: 4 },
  text: { inputTokens: 1_500, outputTokens: 500 },
  video: { seconds: 5 },
  speech: { characters: 1_500 },
}

export type Quantity = Scale & { field: RatedField; min: number; value: number }

/** The state in the URL; null means the default. */
export type Asked = {
  operation: string | null
  others: boolean
  webSearch: boolean
} & Record<RatedField, number | null>

export type Estimate = {
  operation: Operation
  quantities: Quantity[]
  /** True if the use can include a web search. */
  canSearch: boolean
  premiumBps: number
  /** Null if any quantity is invalid. */
  price: Price | null
  errors: UsageError[]
}

/** The operations that are charged on their own, in the order of the price table. */
export function estimable(version: PriceVersion): Operation[] {
  return version.operations.filter(({ surcharge }) => surcharge === null)
}

/** Prices the requested use with the code that charges. An unknown operation is replaced by the first. */
export function prepareEstimate(version: PriceVersion, asked: Asked): Estimate {
  const operations = estimable(version)
  const operation = operations.find(({ key }) => key === asked.operation) ?? operations[0]
  if (!operation) throw new RangeError(`price version ${version.version} has no operation`)
  const quantities = quantitiesOf(operation, asked)
  const canSearch = operation.surchargedBy.webSearch !== undefined
  const premiumBps = premiumBpsFor({ version, operation, inOthersApp: true })
  const usage: Usage = Object.fromEntries(quantities.map(({ field, value }) => [field, value]))
  if (canSearch) usage.webSearch = asked.webSearch
  const checked = checkUsage(operation, usage)
  const input = { version, operation, usage, premiumBps: asked.others ? premiumBps : 0 }
  return {
    operation,
    quantities,
    canSearch,
    premiumBps,
    price: checked.ok ? priceUsage(input) : null,
    errors: checked.ok ? [] : checked.errors,
  }
}

function quantitiesOf(operation: Operation, asked: Asked): Quantity[] {
  const everyday = EVERYDAY[operation.family] ?? {}
  const quantities = RATED_FIELDS.filter((field) => operation.rates[field] !== undefined).map(
    (field): Quantity => {
      const min = REQUIRED_FIELDS.includes(field) ? SCALES[field].step : 0
      return { ...SCALES[field], field, min, value: asked[field] ?? everyday[field] ?? (min > 0 ? 1 : 0) }
    },
  )
  const input = quantities.find(({ field }) => field === 'inputTokens')?.value ?? 0
  return quantities.map((quantity) =>
    quantity.field === 'cachedInputTokens' ? withinInput(quantity, input, asked) : quantity,
  )
}

/** Cached tokens are part of the input, so their slider ends at the input and follows it until the reader moves it. */
function withinInput(cached: Quantity, input: number, asked: Asked): Quantity {
  const value = asked.cachedInputTokens ?? Math.min(cached.value, input)
  return { ...cached, value, max: Math.min(cached.max, Math.max(input, cached.step)) }
}

/** An amount of credits and the tiers it can be spent on. */
export type Purse = { name: string; credits: Millicredits; tiers: readonly string[] }

/** The number of uses that a purse pays for; null if its plan does not include the operation. */
export function usesWithin(purse: Purse, { operation, price }: Estimate): number | null {
  if (!purse.tiers.includes(operation.tier)) return null
  if (price === null || price.total === ZERO) return 0
  return Math.floor(purse.credits / price.total)
}
