import { fromCredits } from '@/lib/millicredits'
import { checkKnown, checkUnique, refuse } from './checks'
import type { ParsedDocument } from './document'

type Operation = ParsedDocument['operations'][number]
type Field = ParsedDocument['usageFields'][number]

/** Millicredits of an amount whose decimals were already checked. */
const exact = (credits: number) => BigInt(fromCredits(credits) ?? 0)

/** Parameters of the estimator's URL. */
const RESERVED = ['operation', 'others']

export function checkUnits({ units, usageFields, usageFlags }: ParsedDocument): void {
  checkUnique(units, 'units')
  checkUnique([...usageFields, ...usageFlags], 'usageFields')
  usageFields.forEach(({ key }, index) => {
    if (RESERVED.includes(key)) refuse(`usageFields[${index}].key`, 'is a reserved name')
  })
  usageFlags.forEach(({ key }, index) => {
    if (RESERVED.includes(key)) refuse(`usageFlags[${index}].key`, 'is a reserved name')
  })
  usageFields.forEach((field, index) => {
    const place = `usageFields[${index}]`
    checkKnown(field.unit, units, `${place}.unit`)
    if (field.partOf === null) return
    const whole = usageFields.find(({ key }) => key === field.partOf)
    if (!whole || whole.partOf !== null || whole === field)
      refuse(`${place}.partOf`, `${field.partOf} is not another field that can be used without this one`)
    if (whole.decimals !== field.decimals) refuse(`${place}.decimals`, `differs from that of ${whole.key}`)
    if (field.required) refuse(`${place}.required`, 'a part of another field may be 0')
  })
}

/** Requires that every operation can be priced exactly, costs something, and has an alternative if a plan leaves it out. */
export function checkOperations(document: ParsedDocument): void {
  const { operations, families, tiers, units } = document
  checkUnique(operations, 'operations')
  operations.forEach((operation, index) => {
    const field = `operations[${index}]`
    checkKnown(operation.family, families, `${field}.family`)
    checkKnown(operation.tier, tiers, `${field}.tier`)
    checkKnown(operation.unit, units, `${field}.unit`)
    checkRates(operation, document, field)
    checkSurcharges(operation, document, field)
    checkAlternative(operation, document, field)
    checkSmallestPrice(operation, document, field)
    checkLargestPrice(operation, document, field)
    for (const key of Object.keys(operation.everyday))
      if (!(key in operation.rates)) refuse(`${field}.everyday.${key}`, 'is not priced here')
  })
}

function checkRates(operation: Operation, { usageFields }: ParsedDocument, field: string): void {
  if (operation.surcharge !== null) {
    const [first] = Object.keys(operation.rates)
    if (first !== undefined) refuse(`${field}.rates.${first}`, 'a surcharge has no rates')
  } else if (Object.keys(operation.rates).length === 0) refuse(`${field}.rates`, 'is empty')
  for (const key of Object.keys(operation.rates)) {
    const known = usageFields.find((one) => one.key === key)
    if (!known) refuse(`${field}.rates.${key}`, 'is not a usage field')
    checkPart(operation, known, `${field}.rates`)
  }
}

/** Checks a part against its whole: it may not cost more, and an included first part would be ambiguous. */
function checkPart({ rates }: Operation, part: Field, field: string): void {
  if (part.partOf === null) return
  const [whole, own] = [rates[part.partOf], rates[part.key]]
  if (!own) return
  if (!whole) refuse(`${field}.${part.partOf}`, `is missing: ${part.key} is a part of it`)
  if (exact(own.amount) * BigInt(whole.per) > exact(whole.amount) * BigInt(own.per))
    refuse(`${field}.${part.key}.amount`, `is more than ${part.partOf} cost`)
  if (whole.included || own.included)
    refuse(`${field}.${part.partOf}.included`, `cannot be combined with a rate for ${part.key}`)
}

function checkSurcharges(
  operation: Operation,
  { operations, usageFlags }: ParsedDocument,
  field: string,
): void {
  if (operation.surcharge !== null) {
    if (operation.surcharge === 0) refuse(`${field}.surcharge`, 'is 0')
    if (operation.minimum !== 0) refuse(`${field}.minimum`, 'a surcharge has none')
  }
  for (const [flag, key] of Object.entries(operation.surchargedBy)) {
    const place = `${field}.surchargedBy.${flag}`
    checkKnown(flag, usageFlags, place)
    const target = operations.find((other) => other.key === key)
    if (typeof target?.surcharge !== 'number') refuse(place, `${key} is not a surcharge`)
    if (operation.surcharge !== null) refuse(place, 'a surcharge cannot have another surcharge')
  }
}

const listed = (keys: object) => String(Object.keys(keys).toSorted())

/**
 * An operation outside some plan needs an alternative of the same family that every plan includes. The alternative must
 * price the same usage, or it could not be offered for the same request.
 */
function checkAlternative(operation: Operation, { operations, plans }: ParsedDocument, field: string): void {
  const isOpen = (tier: string) => plans.every((plan) => plan.tiers.includes(tier))
  const place = `${field}.cheaperAlternative`
  if (operation.cheaperAlternative === null) {
    if (!isOpen(operation.tier)) refuse(place, 'an operation that not every plan includes needs one')
    return
  }
  const other = operations.find((candidate) => candidate.key === operation.cheaperAlternative)
  if (isOpen(operation.tier) || !other || !isOpen(other.tier) || other.family !== operation.family)
    refuse(
      place,
      `${operation.cheaperAlternative} is not an operation of the same family that every plan includes, or is not needed`,
    )
  const isSame =
    listed(other.rates) === listed(operation.rates) &&
    String(Object.entries(other.surchargedBy)) === String(Object.entries(operation.surchargedBy))
  if (!isSame) refuse(place, `${other.key} does not price the same usage`)
}

/** Requires that no use is free, because amounts must be above 0 (docs/api.md). */
function checkSmallestPrice(operation: Operation, { usageFields }: ParsedDocument, field: string): void {
  if (operation.surcharge !== null || operation.minimum > 0) return
  const costs = usageFields.some(({ key, required }) => required && (operation.rates[key]?.amount ?? 0) > 0)
  if (!costs) refuse(`${field}.minimum`, 'is 0, so a use could cost nothing')
}

/** Requires that the price of the largest usage is still a whole number that a double holds exactly. */
function checkLargestPrice(
  operation: Operation,
  { operations, usageFields }: ParsedDocument,
  field: string,
): void {
  let largest = exact(operation.minimum)
  for (const { key, max } of usageFields) {
    const rate = operation.rates[key]
    if (rate) largest += (BigInt(max) * exact(rate.amount)) / BigInt(rate.per) + 1n
  }
  for (const key of Object.values(operation.surchargedBy))
    largest += exact(operations.find((other) => other.key === key)?.surcharge ?? 0)
  // Twice, because a premium is at most another base price.
  if (largest * 2n > BigInt(Number.MAX_SAFE_INTEGER))
    refuse(`${field}.rates`, 'the largest usage would cost more than can be held exactly')
}
