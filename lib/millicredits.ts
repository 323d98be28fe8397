/**
 * Whole millicredits: 1 credit = 1,000 millicredits. Every amount in the product has this branded type, so that a number of
 * credits cannot be passed by mistake; no float ever holds an amount.
 */
export type Millicredits = number & { readonly __unit: 'millicredits' }

export const MILLICREDITS_PER_CREDIT = 1_000

/** The largest amount the API accepts in one request: 10⁹ credits (docs/api.md, "Usage"). */
export const AMOUNT_MAX = (1_000_000_000 * MILLICREDITS_PER_CREDIT) as Millicredits

export const ZERO = 0 as Millicredits

/** Brands a whole number as millicredits. Throws a RangeError if it is not a safe integer. */
export function millicredits(value: number | bigint): Millicredits {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`not a whole number of millicredits: ${value}`)
  return number as Millicredits
}

/**
 * Converts the API's credits (a JSON number with at most three decimals) to millicredits; null if it has more decimals or
 * cannot be represented exactly.
 */
export function fromCredits(credits: number): Millicredits | null {
  const scaled = Math.round(credits * MILLICREDITS_PER_CREDIT)
  if (!Number.isSafeInteger(scaled) || scaled / MILLICREDITS_PER_CREDIT !== credits) return null
  return scaled as Millicredits
}

/** Converts millicredits to the API's JSON number of credits: exact, at most three decimals. */
export function toCredits(amount: Millicredits): number {
  return amount / MILLICREDITS_PER_CREDIT
}

/** The sum of amounts, in millicredits. */
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
