import { BPS_MAX } from '@/lib/catalog/limits'
import { findOperation, isEditorOperation } from '@/lib/catalog/lookup'
import type { Operation, PriceVersion, Rate, UsageField } from '@/lib/catalog/types'
import { type Millicredits, millicredits, toCredits, ZERO } from '@/lib/millicredits'
import { premiumLabel, usageLabel } from './labels'
import { checkUsage, type Usage } from './usage'

export type PriceLineKind = 'usage' | 'minimum' | 'surcharge' | 'premium'

/**
 * One line of a receipt. `amount` is its share of the total: `quantity × rate ÷ per` up to the rounding of the whole, or,
 * for the minimum line, the difference to `rate`.
 */
export type PriceLine = {
  kind: PriceLineKind
  /** The operation that sets this price: the charged one or the surcharge. */
  operation: string
  label: string
  /** The quantity, with at most three decimals. */
  quantity: number
  /** The unit of `quantity`, a key of the catalogue's units: `token`. */
  unit: string
  unitPlural: string
  /** Price of `per` units. */
  rate: Millicredits
  per: number
  amount: Millicredits
}

export type Price = {
  base: Millicredits
  premium: Millicredits
  total: Millicredits
  /** The lines add up to `total`. */
  lines: PriceLine[]
  /** The premium rate applied; 0 if none. */
  premiumBps: number
  priceVersion: number
}

export type PriceInput = {
  version: PriceVersion
  operation: Operation
  usage: Usage
  /** The premium rate in hundredths of a percent: `premiumBpsFor` for a new use, the hold's own rate for a capture. */
  premiumBps: number
}

/** The premium rate of a use: the catalogue's in someone else's app, 0 in one's own app and in the editor. */
export function premiumBpsFor(input: {
  version: PriceVersion
  operation: Operation
  inOthersApp: boolean
}): number {
  if (!input.inOthersApp || isEditorOperation(input.operation.key)) return 0
  return input.version.creatorPremiumBps
}

/**
 * The billable quantity of a field in units of 10^-decimals: a whole excludes its parts, and both exclude included
 * units.
 */
function chargedUnits(rate: Rate, usage: Usage, field: UsageField): number {
  let units = unitsOf(usage, field.key, field.scale)
  for (const part of field.parts) units -= unitsOf(usage, part, field.scale)
  units -= (rate.included ?? 0) * field.scale
  return Math.max(units, 0)
}

function unitsOf(usage: Usage, key: string, scale: number): number {
  return Math.round(Number(usage[key] ?? 0) * scale)
}

/**
 * metered = ⌈Σ quantity × rate⌉. The sum is an exact integer fraction; each line is the cumulative sum rounded up minus the
 * lines before it, so that the lines add up to the metered amount.
 */
function meterUsage(operation: Operation, usage: Usage): { metered: bigint; lines: PriceLine[] } {
  const lines: PriceLine[] = []
  let numerator = 0n
  let denominator = 1n
  let metered = 0n
  for (const field of operation.fields) {
    const rate = operation.rates[field.key]
    if (!rate) continue
    const units = chargedUnits(rate, usage, field)
    if (units === 0) continue
    const { scale } = field
    const share = BigInt(units) * BigInt(rate.amount)
    const divisor = BigInt(scale) * BigInt(rate.per)
    numerator = numerator * divisor + share * denominator
    denominator *= divisor
    const soFar = (numerator + denominator - 1n) / denominator
    lines.push({
      kind: 'usage',
      operation: operation.key,
      label: usageLabel(field.label, rate.included ?? 0),
      quantity: units / scale,
      unit: field.unit,
      unitPlural: field.unitPlural,
      rate: rate.amount,
      per: rate.per,
      amount: millicredits(soFar - metered),
    })
    metered = soFar
  }
  return { metered, lines }
}

function minimumLine(operation: Operation, missing: bigint): PriceLine {
  return {
    kind: 'minimum',
    operation: operation.key,
    label: 'Minimum charge',
    quantity: 1,
    unit: 'request',
    unitPlural: 'requests',
    rate: operation.minimum,
    per: 1,
    amount: millicredits(missing),
  }
}

function surchargeLines(version: PriceVersion, operation: Operation, usage: Usage): PriceLine[] {
  const lines: PriceLine[] = []
  for (const flag of operation.flags) {
    const key = operation.surchargedBy[flag.key]
    if (!key || !usage[flag.key]) continue
    const rate = findOperation(version, key)?.surcharge
    if (!rate)
      throw new RangeError(`${operation.key} is not an operation of price version ${version.version}`)
    lines.push({
      kind: 'surcharge',
      operation: key,
      label: flag.label,
      quantity: 1,
      unit: 'request',
      unitPlural: 'requests',
      rate,
      per: 1,
      amount: rate,
    })
  }
  return lines
}

/** At 10 %, a tenth of a credit per credit: hundredths of a percent are millicredits per ten credits. */
function premiumLine(operation: Operation, base: Millicredits, bps: number, amount: Millicredits): PriceLine {
  const whole = bps % 10 === 0
  return {
    kind: 'premium',
    operation: operation.key,
    label: premiumLabel,
    quantity: toCredits(base),
    unit: 'credit',
    unitPlural: 'credits',
    rate: millicredits(whole ? bps / 10 : bps),
    per: whole ? 1 : 10,
    amount,
  }
}

/**
 * The price of a use, computed as docs/api.md ("Price") defines it: base = max(⌈Σ quantity × rate⌉, minimum) + surcharge,
 * premium = ⌊base × premium rate⌋, total = base + premium, in millicredits. `editor.*` has no premium, whatever
 * `premiumBps` says. Pure. Throws a RangeError for usage that `checkUsage` refuses, so check it first.
 */
export function priceUsage({ version, operation, usage, premiumBps }: PriceInput): Price {
  const checked = checkUsage(operation, usage)
  if (!checked.ok) {
    const [first] = checked.errors
    throw new RangeError(`usage was not checked: ${first?.path} ${first?.message}`)
  }
  if (!Number.isInteger(premiumBps) || premiumBps < 0 || premiumBps > BPS_MAX) {
    throw new RangeError(`not a premium rate: ${premiumBps}`)
  }
  const { metered, lines } = meterUsage(operation, checked.usage)
  const missing = BigInt(operation.minimum) - metered
  if (missing > 0n) lines.push(minimumLine(operation, missing))
  lines.push(...surchargeLines(version, operation, checked.usage))
  const base = millicredits(lines.reduce((total, line) => total + BigInt(line.amount), 0n))
  const bps = isEditorOperation(operation.key) ? 0 : premiumBps
  const premium = millicredits((BigInt(base) * BigInt(bps)) / BigInt(BPS_MAX))
  if (premium > ZERO) lines.push(premiumLine(operation, base, bps, premium))
  return {
    base,
    premium,
    total: millicredits(BigInt(base) + BigInt(premium)),
    lines,
    premiumBps: bps,
    priceVersion: version.version,
  }
}

/**
 * The standard alternative of an operation and its price for the same usage: the `cheaper_operation` option of a refusal.
 * Null if there is none or it would not be cheaper for this usage.
 */
export function cheapestAlternative(input: PriceInput): { operation: Operation; price: Price } | null {
  const key = input.operation.cheaperAlternative
  const operation = key === null ? undefined : findOperation(input.version, key)
  if (!operation) return null
  const price = priceUsage({ ...input, operation })
  return price.total < priceUsage(input).total ? { operation, price } : null
}
