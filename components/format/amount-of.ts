import { fromCredits, type Millicredits } from '@/lib/millicredits'

/** Converts the API's credits to an exact amount. */
export function amountOf(credits: number): Millicredits {
  const amount = fromCredits(credits)
  if (amount === null) throw new RangeError(`not an amount of credits: ${credits}`)
  return amount
}
