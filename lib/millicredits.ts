/**
 * Whole millicredits: 1 credit = 1,000 millicredits. Every amount of the product is one of these; no float ever
 * holds an amount. The type is branded so that a number of credits cannot be passed by mistake.
 */
export type Millicredits = number & { readonly __unit: 'millicredits' }

export const MILLICREDITS_PER_CREDIT = 1_000

/** The largest amount the API accepts in one request: 10⁹ credits (api.md, "Usage"). */
export const AMOUNT_MAX = (1_000_000_000 * MILLICREDITS_PER_CREDIT) as Millicredits

export const ZERO = 0 as Millicredits

/** Marks a whole number as millicredits. Throws a RangeError on anything that is not a safe integer. */
export function millicredits(value: number | bigint): Millicredits {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`not a whole number of millicredits: ${value}`)
  return number as Millicredits
}

/**
 * Credits as the API's JSON numbers (at most three decimals) to millicredits; null when the number has more than
 * three decimals or cannot be held exactly.
 */
export function fromCredits(credits: number): Millicredits | null {
  const scaled = Math.round(credits * MILLICREDITS_PER_CREDIT)
  if (!Number.isSafeInteger(scaled) || scaled / MILLICREDITS_PER_CREDIT !== credits) return null
  return scaled as Millicredits
}

/** Millicredits as the API's JSON number of credits: at most three decimals, exact. */
export function toCredits(amount: Millicredits): number {
  return amount / MILLICREDITS_PER_CREDIT
}

/** Sum of amounts, in millicredits. */
export function sum(amounts: Iterable<Millicredits>): Millicredits {
  let total = 0
  for (const amount of amounts) total += amount
  return millicredits(total)
}

export function minOf(...amounts: [Millicredits, ...Millicredits[]]): Millicredits {
  return Math.min(...amounts) as Millicredits
}

export function maxOf(...amounts: [Millicredits, ...Millicredits[]]): Millicredits {
  return Math.max(...amounts) as Millicredits
}
