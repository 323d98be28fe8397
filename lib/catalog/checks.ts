/** An invalid catalogue. `field` names the place, such as `priceVersions[0].operations[2].rates.inputTokens.amount`. */
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

/** Refuses anything but a safe integer from `least` up. */
export function checkWhole(value: unknown, field: string, least: number): void {
  if (value === undefined) refuse(field, 'is missing')
  if (typeof value !== 'number') refuse(field, 'is not a number')
  if (value < 0) refuse(field, `${value} is negative`)
  if (!Number.isSafeInteger(value)) refuse(field, `${value} is not a whole number that can be held exactly`)
  if (value < least) refuse(field, `${value} is less than ${least}`)
}

export function checkText(value: unknown, field: string): void {
  if (typeof value !== 'string' || value.trim() === '') refuse(field, 'is missing')
}

export function checkUnique(keys: readonly string[], list: string, name: string): void {
  keys.forEach((key, index) => {
    checkText(key, `${list}[${index}].${name}`)
    if (keys.indexOf(key) !== index) refuse(`${list}[${index}].${name}`, `${key} is there twice`)
  })
}
