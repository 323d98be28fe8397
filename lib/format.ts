import { DAY_MS } from '@/lib/clock'
import { minorDigits } from './currencies'
import { MILLICREDITS_PER_CREDIT, type Millicredits, toCredits } from './millicredits'

/*
 * The only place that formats numbers, credits, money and dates for people. They are in English like the pages, regardless
 * of the browser's language: "14. Dezember" or "1.000" inside an English sentence misleads. Server and browser therefore
 * produce the same text. Negative numbers have the minus sign U+2212, not a hyphen.
 */
const NUMBERS = 'en'
/** Day before month, as in "14 December". */
const DATES = 'en-GB'

type Options = Intl.NumberFormatOptions

function numberWriter(options: Options): (value: number | bigint) => string {
  const format = new Intl.NumberFormat(NUMBERS, options)
  return (value) => format.format(value).replace('-', '−')
}

/** A count or quantity: "1,234", "0.5". */
export const formatCount = numberWriter({ maximumFractionDigits: 3 })

/** A number on an axis: "1.2K". */
export const formatCompact = numberWriter({ notation: 'compact', maximumFractionDigits: 1 })

/** "1 use", "3 uses"; `many` is the plural if adding an s is not enough. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** Credits to the thousandth, without trailing zeros, for sentences in which people check an amount: "811.619". */
export function formatCredits(amount: Millicredits): string {
  return formatCount(toCredits(amount))
}

/** "811.619 credits", "1 credit". */
export function creditsInWords(amount: Millicredits): string {
  return `${formatCredits(amount)} ${unitOf(amount)}`
}

/**
 * Whole credits for an overview. They round down, so that the text never shows more than the balance (docs/product.md,
 * "Price table"); an amount below one is "< 1", to distinguish it from zero.
 */
export function formatWholeCredits(amount: Millicredits): string {
  if (amount > 0 && amount < MILLICREDITS_PER_CREDIT) return '< 1'
  // Adding 0 removes the sign of a negative zero.
  return formatCount(Math.trunc(toCredits(amount)) + 0)
}

/** "credit" after "1" and "< 1", "credits" after all other amounts, matching `formatWholeCredits`. */
export function wholeUnitOf(amount: Millicredits): string {
  return amount > 0 && amount < 2 * MILLICREDITS_PER_CREDIT ? 'credit' : 'credits'
}

/** "811 credits", "< 1 credit". */
export function wholeCreditsInWords(amount: Millicredits): string {
  return `${formatWholeCredits(amount)} ${wholeUnitOf(amount)}`
}

/** "credit" after exactly 1, matching `formatCredits`. */
export function unitOf(amount: Millicredits): string {
  return amount === MILLICREDITS_PER_CREDIT ? 'credit' : 'credits'
}

function signed(amount: number, text: string): string {
  return amount > 0 ? `+${text}` : text
}

/** Formats the amounts of a column with the number of decimals that the most precise one needs. */
export function creditColumn(amounts: Iterable<number>): { plain: Column; signed: Column } {
  const decimals = Math.max(0, ...[...amounts].map(decimalsOf))
  const write = numberWriter({ minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  const plain = (amount: number) => write(amount / MILLICREDITS_PER_CREDIT)
  return { plain, signed: (amount) => signed(amount, plain(amount)) }
}

type Column = (amount: number) => string

/** Credits with all three decimals, for CSV and for columns that must align with others: "750.000". */
export const formatCreditsInColumn: Column = creditColumn([1]).plain

function decimalsOf(amount: number): number {
  if (amount % 10 !== 0) return 3
  if (amount % 100 !== 0) return 2
  return amount % MILLICREDITS_PER_CREDIT === 0 ? 0 : 1
}

/** Credits for CSV, readable by programs: three decimals, no grouping, an ASCII minus sign: "-1750.000". */
export function creditsForCsv(amount: number): string {
  return (amount / MILLICREDITS_PER_CREDIT).toFixed(3)
}

/** A price: "$6", "$2.80". `minor`: the currency's smallest unit, such as cents. */
export function formatMoney(minor: number, currency: string): string {
  return moneyWriter(currency, 'stripIfInteger')(minor)
}

/** An amount of money in a column: "$6.00", "−$2.80". */
export function formatMoneyInColumn(minor: number, currency: string): string {
  return moneyWriter(currency, 'auto')(minor)
}

function moneyWriter(currency: string, zeros: NonNullable<Options['trailingZeroDisplay']>) {
  const digits = minorDigits(currency)
  const write = numberWriter({
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    trailingZeroDisplay: zeros,
  })
  return (minor: number) => write(minor / 10 ** digits)
}

/** A share of 1 as a percentage: 0.25 is "25%". */
export function formatPercent(share: number, decimals = 0): string {
  return numberWriter({ style: 'percent', maximumFractionDigits: decimals })(share)
}

/** "+25%", "−25%". */
export function formatSignedPercent(share: number): string {
  return signed(share, formatPercent(share))
}

/** Hundredths of a percent: 1000 is "10%". */
export function formatBps(bps: number): string {
  return formatPercent(bps / 10_000, 2)
}

/** "a, b, and c". */
export function formatList(items: readonly string[], word: 'and' | 'or' = 'and'): string {
  const type = word === 'and' ? 'conjunction' : 'disjunction'
  return new Intl.ListFormat(NUMBERS, { type }).format(items)
}

function timeWriter(parts: Intl.DateTimeFormatOptions): (value: Date) => string {
  const format = new Intl.DateTimeFormat(DATES, { ...parts, timeZone: 'UTC' })
  return (value) => format.format(value)
}

const timeWriters = {
  /** "14 December" */
  day: timeWriter({ day: 'numeric', month: 'long' }),
  /** "14 Dec" */
  shortDay: timeWriter({ day: 'numeric', month: 'short' }),
  /** "14 December 2026" */
  date: timeWriter({ day: 'numeric', month: 'long', year: 'numeric' }),
  /** "14 Dec 2026" */
  shortDate: timeWriter({ day: 'numeric', month: 'short', year: 'numeric' }),
  /** "14:05" */
  time: timeWriter({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  /** "14 Dec 2026, 14:05" */
  dateTime: timeWriter({
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }),
}

export type TimeStyle = keyof typeof timeWriters

/** A date and time in UTC, without the name of the zone. */
export function formatTime(value: Date | string | number, style: TimeStyle): string {
  return timeWriters[style](new Date(value))
}

/** So far away, a day needs its year. */
const YEAR_NEEDED_MS = 300 * DAY_MS

/** "14 December (UTC)": a day with its time zone, and its year if it is most of a year away from `now`. */
export function dayInWords(instant: Date | string, now?: Date): string {
  const isFar = now !== undefined && new Date(instant).getTime() - now.getTime() > YEAR_NEEDED_MS
  return `${formatTime(instant, isFar ? 'date' : 'day')} (UTC)`
}
