import { chargeStep, isCurrency } from '@/lib/currencies'

/**
 * Thrown for an invalid catalogue. `field` names the place, such as
 * `priceVersions[0].operations[2].rates.inputTokens.amount`.
 */
export class CatalogError extends Error {
  override readonly name = 'CatalogError'
  constructor(
    readonly field: string,
    readonly problem: string,
  ) {
    super(`catalogue refused: ${field}: ${problem}`)
  }
}

export function refuse(field: string, problem: string): never {
  throw new CatalogError(field, problem)
}

/** Refuses anything but a safe integer of at least `least`. */
export function checkWhole(value: unknown, field: string, least: number): void {
  if (value === undefined) refuse(field, 'is missing')
  if (typeof value !== 'number') refuse(field, 'is not a number')
  if (value < 0) refuse(field, `${value} is negative`)
  if (!Number.isSafeInteger(value))
    refuse(field, `${value} is not a whole number that can be represented exactly`)
  if (value < least) refuse(field, `${value} is less than ${least}`)
}

/** Refuses a currency that cannot be formatted or charged, and an amount that Stripe does not accept in it. */
export function checkPrice(minor: number, currency: string, field: string): void {
  if (!isCurrency(currency)) refuse(`${field}.currency`, `${currency} is not a currency that can be charged`)
  const step = chargeStep(currency)
  if (minor % step !== 0)
    refuse(`${field}.priceCents`, `amounts in ${currency} are charged in steps of ${step}`)
}

export function checkText(value: unknown, field: string): void {
  if (typeof value !== 'string' || value.trim() === '') refuse(field, 'is missing')
}

export function checkUnique(keys: readonly string[], list: string, name: string): void {
  keys.forEach((key, index) => {
    checkText(key, `${list}[${index}].${name}`)
    if (keys.indexOf(key) !== index) refuse(`${list}[${index}].${name}`, `${key} is a duplicate`)
  })
}
