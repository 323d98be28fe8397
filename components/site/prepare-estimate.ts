import type { Operation, PriceVersion, UsageField, UsageFlag } from '@/lib/catalog/types'
import { type Millicredits, ZERO } from '@/lib/millicredits'
import { type Price, premiumBpsFor, priceUsage, type UsageError } from '@/lib/pricing'
import { checkUsage } from '@/lib/pricing/usage'

/** A quantity and the range and step of its slider. The number field accepts any value that can be charged. */
export type Quantity = {
  field: string
  label: string
  unit: string
  min: number
  max: number
  step: number
  value: number
}

/** The state in the URL. A quantity that is null or missing has its default. */
export type Asked = {
  operation: string | null
  others: boolean
  quantities: Readonly<Record<string, number | null>>
  flags: Readonly<Record<string, boolean>>
}

export type Estimate = {
  operation: Operation
  quantities: Quantity[]
  /** The flags that the use can have. */
  flags: UsageFlag[]
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
  const quantities = quantitiesOf(version, operation, asked)
  const flags = version.usageFlags.filter(({ key }) => operation.surchargedBy[key] !== undefined)
  const premiumBps = premiumBpsFor({ version, operation, inOthersApp: true })
  const usage = Object.fromEntries([
    ...quantities.map(({ field, value }) => [field, value]),
    ...flags.map(({ key }) => [key, asked.flags[key] ?? false]),
  ])
  const checked = checkUsage(operation, usage)
  const input = { version, operation, usage, premiumBps: asked.others ? premiumBps : 0 }
  return {
    operation,
    quantities,
    flags,
    premiumBps,
    price: checked.ok ? priceUsage(input) : null,
    errors: checked.ok ? [] : checked.errors,
  }
}

/** The default quantities are an everyday use. Other fields start at 0, or at 1 if they are required. */
function quantitiesOf(version: PriceVersion, operation: Operation, { quantities }: Asked): Quantity[] {
  const fields = version.usageFields.filter(({ key }) => operation.rates[key] !== undefined)
  const usual = ({ key, required }: UsageField) => operation.everyday[key] ?? (required ? 1 : 0)
  return fields.map((field): Quantity => {
    const { key, label, unit, required, partOf, slider } = field
    const whole = fields.find((other) => other.key === partOf)
    // The slider of a part ends at its whole, which it follows until the reader moves it.
    const end = whole ? (quantities[whole.key] ?? usual(whole)) : Number.POSITIVE_INFINITY
    return {
      field: key,
      label,
      unit: version.units.find((one) => one.key === unit)?.plural ?? unit,
      min: required ? slider.step : 0,
      max: Math.min(slider.max, Math.max(end, slider.step)),
      step: slider.step,
      value: quantities[key] ?? Math.min(usual(field), end),
    }
  })
}

/** An amount of credits and the tiers it can be spent on. */
export type Purse = { name: string; credits: Millicredits; tiers: readonly string[] }

/** The number of uses that a purse pays for; null if its plan does not include the operation. */
export function usesWithin(purse: Purse, { operation, price }: Estimate): number | null {
  if (!purse.tiers.includes(operation.tier)) return null
  if (price === null || price.total === ZERO) return 0
  return Math.floor(purse.credits / price.total)
}
