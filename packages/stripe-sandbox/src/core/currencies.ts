import { invalid } from './errors'

/** Stripe's currencies without decimals and with three decimals. All others have two. */
const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '))
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '))

/** The number of decimals that Stripe uses for this currency. */
export function decimalsOf(currency: string): 0 | 2 | 3 {
  if (ZERO_DECIMAL.has(currency)) return 0
  return THREE_DECIMAL.has(currency) ? 3 : 2
}

/** Converts minor units at a rate between whole units: 900 (jpy) at 0.0066 is 594 (usd). */
export function convert(amount: number, from: string, to: string, rate: number): number {
  return Math.round(amount * rate * 10 ** (decimalsOf(to) - decimalsOf(from)))
}

/** Formats an amount for display: `$6.00`, `¥900`. */
export function money(amount: number, currency: string): string {
  const digits = decimalsOf(currency)
  const format = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return format.format(amount / 10 ** digits)
}

/** Stripe accepts amounts in three-decimal currencies only in steps of ten minor units. */
export function checkStep(amount: number, currency: string, param: string): void {
  if (decimalsOf(currency) === 3 && amount % 10 !== 0) {
    throw invalid(`Amounts in ${currency} must end in 0 (the least significant digit is not charged).`, param)
  }
}
