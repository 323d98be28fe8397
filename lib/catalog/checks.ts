import { chargeStep, isCurrency } from '@/lib/currencies'

/** An invalid catalogue. `field` names the place, such as `operations[2].rates.inputTokens.amount`. */
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

/** Refuses a currency that cannot be formatted or charged, and an amount that Stripe does not accept in it. */
export function checkPrices(prices: Readonly<Record<string, number>>, field: string): void {
  for (const [currency, minor] of Object.entries(prices)) {
    const place = `${field}.prices.${currency}`
    if (!isCurrency(currency)) refuse(place, `${currency} is not a currency that can be charged`)
    const step = chargeStep(currency)
    if (minor % step !== 0) refuse(place, `amounts in ${currency} are charged in steps of ${step}`)
  }
}

export function checkUnique(items: readonly { key: string }[], list: string): void {
  const keys = items.map(({ key }) => key)
  keys.forEach((key, index) => {
    if (keys.indexOf(key) !== index) refuse(`${list}[${index}].key`, `${key} appears twice`)
  })
}

/** Refuses a reference to an item that is not in a list. */
export function checkKnown(key: string, items: readonly { key: string }[], field: string): void {
  if (!items.some((item) => item.key === key)) refuse(field, `${key} is unknown`)
}
