import { checkText, checkUnique, checkWhole, refuse } from './checks'
import { BPS_MAX, USAGE_COUNT_MAX } from './limits'
import {
  type CatalogData,
  OPERATION_FAMILIES,
  type OperationFamily,
  type OperationOf,
  RATED_FIELDS,
  type RatedField,
  REQUIRED_FIELDS,
  SURCHARGE_FIELDS,
} from './types'

/** The usage fields of each family (docs/api.md, "Usage"): exactly one rate each. */
const FAMILY_FIELDS: Record<OperationFamily, readonly RatedField[]> = {
  editor: ['inputTokens', 'cachedInputTokens', 'outputTokens', 'toolCalls'],
  text: ['inputTokens', 'cachedInputTokens', 'outputTokens'],
  web: ['pages'],
  image: ['images', 'inputTokens'],
  video: ['seconds', 'inputTokens'],
  speech: ['characters'],
}

type Operations = readonly OperationOf<number>[]
/** The operations of a price version and the tiers that every plan includes. */
type Table = { operations: Operations; openTiers: readonly string[] }

function checkRates(operation: OperationOf<number>, field: string): void {
  const { rates } = operation
  const needed = operation.surcharge === null ? FAMILY_FIELDS[operation.family] : []
  for (const name of needed) if (!rates[name]) refuse(`${field}.rates.${name}`, 'is missing')
  for (const name of Object.keys(rates)) {
    if (!needed.some((known) => known === name)) refuse(`${field}.rates.${name}`, 'is not priced here')
  }
  for (const name of needed) {
    const rate = rates[name]
    checkWhole(rate?.amount, `${field}.rates.${name}.amount`, 0)
    checkWhole(rate?.per, `${field}.rates.${name}.per`, 1)
    if (rate?.included !== undefined) checkWhole(rate.included, `${field}.rates.${name}.included`, 0)
  }
  checkCachedRate(operation, field)
}

/** Cached tokens are part of the input, so they may not cost more, and free first tokens would be ambiguous. */
function checkCachedRate({ rates }: OperationOf<number>, field: string): void {
  const { inputTokens: input, cachedInputTokens: cached } = rates
  if (!input || !cached) return
  if (BigInt(cached.amount) * BigInt(input.per) > BigInt(input.amount) * BigInt(cached.per)) {
    refuse(`${field}.rates.cachedInputTokens.amount`, 'is higher than the price of input tokens')
  }
  if (input.included || cached.included) {
    refuse(`${field}.rates.inputTokens.included`, 'cannot be combined with a price for cached input tokens')
  }
}

function checkSurcharges(operation: OperationOf<number>, operations: Operations, field: string): void {
  if (operation.surcharge !== null) {
    checkWhole(operation.surcharge, `${field}.surcharge`, 1)
    if (operation.minimum !== 0) refuse(`${field}.minimum`, 'a surcharge has no rates')
  }
  for (const [name, key] of Object.entries(operation.surchargedBy)) {
    if (!SURCHARGE_FIELDS.some((known) => known === name))
      refuse(`${field}.surchargedBy.${name}`, 'is unknown')
    const target = operations.find((other) => other.key === key)
    if (typeof target?.surcharge !== 'number')
      refuse(`${field}.surchargedBy.${name}`, `${key} is not a surcharge`)
    if (operation.surcharge !== null)
      refuse(`${field}.surchargedBy.${name}`, 'a surcharge cannot have a surcharge')
  }
}

/**
 * An operation outside some plan needs an alternative of the same family that every plan includes. The alternative must price
 * the same usage, or it could not be offered for the same request.
 */
function checkAlternative(
  operation: OperationOf<number>,
  { operations, openTiers }: Table,
  field: string,
): void {
  const isOpen = openTiers.includes(operation.tier)
  if (operation.cheaperAlternative === null) {
    if (!isOpen)
      refuse(`${field}.cheaperAlternative`, 'needed, because not every plan includes this operation')
    return
  }
  const other = operations.find((candidate) => candidate.key === operation.cheaperAlternative)
  if (isOpen || !other || !openTiers.includes(other.tier) || other.family !== operation.family) {
    refuse(
      `${field}.cheaperAlternative`,
      `${operation.cheaperAlternative} is not an operation of the same family that every plan includes`,
    )
  }
  if (String(Object.entries(other.surchargedBy)) !== String(Object.entries(operation.surchargedBy))) {
    refuse(`${field}.cheaperAlternative`, `${other.key} does not price the same usage`)
  }
}

/** No use is free: amounts must be above 0 (docs/api.md). */
function checkSmallestPrice(operation: OperationOf<number>, field: string): void {
  if (operation.surcharge !== null || operation.minimum > 0) return
  const costs = REQUIRED_FIELDS.some((name) => (operation.rates[name]?.amount ?? 0) > 0)
  if (!costs) refuse(`${field}.minimum`, 'is 0, so a use could be free')
}

/** The price of the largest usage must still be an integer that a double represents exactly. */
function checkLargestPrice(operation: OperationOf<number>, operations: Operations, field: string): void {
  let largest = BigInt(operation.minimum)
  for (const name of RATED_FIELDS) {
    const rate = operation.rates[name]
    if (rate) largest += (BigInt(USAGE_COUNT_MAX) * BigInt(rate.amount)) / BigInt(rate.per) + 1n
  }
  for (const key of Object.values(operation.surchargedBy)) {
    largest += BigInt(operations.find((other) => other.key === key)?.surcharge ?? 0)
  }
  // Doubled, because a premium is at most as much as the base price.
  if (largest * 2n > BigInt(Number.MAX_SAFE_INTEGER)) {
    refuse(`${field}.rates`, 'the largest usage would cost more than can be represented exactly')
  }
}

function checkOperation(operation: OperationOf<number>, table: Table, field: string): void {
  const { operations } = table
  for (const name of ['name', 'description', 'shownAs'] as const)
    checkText(operation[name], `${field}.${name}`)
  if (operation.examples.length < 2) refuse(`${field}.examples`, 'needs two or three examples')
  operation.examples.forEach((example, index) => {
    checkText(example, `${field}.examples[${index}]`)
  })
  if (!OPERATION_FAMILIES.includes(operation.family)) refuse(`${field}.family`, 'is unknown')
  if ((operation.family === 'editor') !== operation.key.startsWith('editor.')) {
    refuse(`${field}.family`, 'keys that begin with editor. belong to the family editor, and no others do')
  }
  checkWhole(operation.minimum, `${field}.minimum`, 0)
  checkRates(operation, field)
  checkSurcharges(operation, operations, field)
  checkAlternative(operation, table, field)
  checkSmallestPrice(operation, field)
  checkLargestPrice(operation, operations, field)
}

const RFC_3339_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/
const SECONDS_END = 'YYYY-MM-DDTHH:MM:SS'.length

function instantOf(effectiveFrom: string, field: string): number {
  const time = RFC_3339_UTC.test(effectiveFrom) ? Date.parse(effectiveFrom) : Number.NaN
  // A non-existent day (30 February) may parse as a later one.
  const exists =
    !Number.isNaN(time) && new Date(time).toISOString().startsWith(effectiveFrom.slice(0, SECONDS_END))
  if (!exists) refuse(field, `${effectiveFrom} is not a time in UTC such as 2030-01-31T00:00:00Z`)
  return time
}

/** Versions are numbered 1, 2, 3 … and take effect in that order, so that every instant has one price. */
export function checkPriceVersions({ priceVersions: versions, tiers, plans }: CatalogData): void {
  const isOpen = (tier: string) => plans.every((plan) => plan.tiers.includes(tier))
  const openTiers = tiers.map(({ key }) => key).filter(isOpen)
  if (versions.length === 0) refuse('priceVersions', 'is empty')
  let before = Number.NEGATIVE_INFINITY
  versions.forEach((version, index) => {
    const field = `priceVersions[${index}]`
    if (version.version !== index + 1) refuse(`${field}.version`, `${version.version} should be ${index + 1}`)
    if (index === 0 && version.effectiveFrom !== null) {
      refuse(`${field}.effectiveFrom`, 'must be null, because the first version has always been in effect')
    }
    if (index > 0) {
      if (version.effectiveFrom === null) refuse(`${field}.effectiveFrom`, 'is missing')
      const time = instantOf(version.effectiveFrom, `${field}.effectiveFrom`)
      if (time <= before)
        refuse(`${field}.effectiveFrom`, 'is not later than the start of the previous version')
      before = time
    }
    checkWhole(version.creatorPremiumBps, `${field}.creatorPremiumBps`, 0)
    if (version.creatorPremiumBps > BPS_MAX) refuse(`${field}.creatorPremiumBps`, 'is more than 100 %')
    const { operations } = version
    if (operations.length === 0) refuse(`${field}.operations`, 'is empty')
    checkUnique(
      operations.map((operation) => operation.key),
      `${field}.operations`,
      'key',
    )
    operations.forEach((operation, position) => {
      checkOperation(operation, { operations, openTiers }, `${field}.operations[${position}]`)
    })
  })
}
