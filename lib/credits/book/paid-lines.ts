import { HOUR_MS } from '@/lib/clock'
import { micros } from '@/lib/instant'
import type { AccountBook } from './book'
import { moneyBackTarget } from './money-back'
import type { Period } from './periods'
import type { Grant, PaidLine, Payment } from './records'
import { share } from './share'

/*
 * A line that pays for several months in one payment. Its allowances are granted month by month, like Free's, without
 * any job: a month begins with the first write or reading after its start.
 */

/** Month `index` of a line, from 0. It begins on the line's day of the month, or on the last day of a shorter month. */
function monthOf({ period, months }: Pick<PaidLine, 'period' | 'months'>, index: number): Period {
  return {
    start: index === 0 ? period.start : monthsAfter(period.start, index),
    end: index >= months - 1 ? period.end : monthsAfter(period.start, index + 1),
  }
}

function monthsAfter(start: Date, months: number): Date {
  const day = start.getUTCDate()
  const date = new Date(start)
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, lastDay))
  return date
}

/** The part of an amount that belongs to a month: the share of the months up to it less that of the months before. */
function partOf(amount: number, { months }: Pick<PaidLine, 'months'>, index: number): number {
  return share(amount, index + 1, months) - share(amount, index, months)
}

/** The part of the line's payment that a month's grant carries. The months add up to the whole. */
function paymentOfMonth(line: Pick<PaidLine, 'months' | 'payment'>, index: number): Payment {
  const { amount, tax } = line.payment
  return { ...line.payment, amount: partOf(amount, line, index), tax: partOf(tax, line, index) }
}

/** The line of several months that paid for a grant, while some of its months are still to come. */
export function openLineOf(book: AccountBook, { payment }: Grant): PaidLine | null {
  const line = payment && book.lines.get(payment.stripeLine)
  return line && line.nextAt !== null ? line : null
}

/** The next month of any line that begins by the book's instant; null if none does. None begins after the plan has ended. */
function dueMonth(book: AccountBook): { line: PaidLine; at: Date } | null {
  if (book.isOnFreePlan) return null
  let first: { line: PaidLine; at: Date } | null = null
  for (const line of book.lines.values()) {
    const at = line.nextAt
    if (at === null || at > book.now || (book.planEndsAt !== null && at >= book.planEndsAt)) continue
    if (first === null || at < first.at) first = { line, at }
  }
  return first
}

/** The number of months in the paid period of a yearly plan. */
const MONTHS_A_YEAR = 12

/** Begins a line that pays for a year, with its first month, which lasts until `expiresAt` at most. */
export function beginLine(
  book: AccountBook,
  line: Pick<PaidLine, 'plan' | 'credits' | 'period' | 'payment'>,
  expiresAt: Date,
): Grant {
  const whole = { ...line, months: MONTHS_A_YEAR, begun: 0, nextAt: null, returned: 0 }
  const { end } = monthOf(whole, 0)
  return beginMonth(book, whole, new Date(Math.min(expiresAt.getTime(), end.getTime())))
}

/**
 * Begins a month: issues its allowance until `expiresAt`. Returned money of the line takes its share immediately, so
 * that it can still be restored.
 */
function beginMonth(book: AccountBook, line: PaidLine, expiresAt: Date): Grant {
  const index = line.begun
  const period = monthOf(line, index)
  const grant = book.issue({
    source: 'allowance',
    amount: line.credits,
    expiresAt,
    period: { plan: line.plan, ...period },
    payment: paymentOfMonth(line, index),
    lineMonth: index,
    reason: null,
    at: micros(new Date(Math.min(period.start.getTime(), book.now.getTime()))),
  })
  const begun = index + 1
  const next = { ...line, begun, nextAt: begun < line.months ? monthOf(line, begun).start : null }
  book.setLine(next)
  takeBackOfMonth(book, next, grant, [])
  return grant
}

type MoneyBackHistory = Parameters<AccountBook['setMoneyBack']>[1]['history']

/** Takes back a month's share of its line's returned money. */
export function takeBackOfMonth(
  book: AccountBook,
  line: PaidLine,
  grant: Grant,
  history: MoneyBackHistory,
): void {
  const target = moneyBackTarget(grant.granted, line.returned, line.payment.amount)
  if (target === grant.moneyBack) return
  const { amount } = line.payment
  const upTo = (months: number) => share(line.returned, share(amount, months, line.months), amount)
  const returned = upTo(grant.lineMonth + 1) - upTo(grant.lineMonth)
  book.setMoneyBack(grant, { target, returned, history }, 'money back')
}

/** Cancels the months of a line that have not begun, because another subscription took its place. */
export function closeLine(book: AccountBook, line: PaidLine): void {
  if (line.nextAt !== null) book.setLine({ ...line, nextAt: null })
}

/**
 * Begins each month of a paid line that starts by the book's instant, after settling what ends before it
 * (`settleUntil`).
 */
export function beginDueMonths(book: AccountBook, settleUntil: (at: Date) => void): void {
  for (let due = dueMonth(book); due !== null; due = dueMonth(book)) {
    settleUntil(due.at)
    const { line } = due
    const month = monthOf(line, line.begun)
    const isLast = line.begun === line.months - 1
    const life = { endsAt: book.planEndsAt }
    // Only the last month waits for the renewal, unless an upgrade has interrupted the line.
    const waits = isLast && line.plan === book.plan
    beginMonth(book, line, waits ? spendableUntil(book, month, life) : ownEnd(month, life))
  }
}

/**
 * A renewal may be paid a few hours after the period's end. Until then, its allowance stays spendable while the plan
 * lasts.
 */
export function spendableUntil({ catalog }: AccountBook, period: Period, { endsAt }: End): Date {
  const renewedBy = new Date(period.end.getTime() + catalog.terms.renewalGraceHoursMax * HOUR_MS)
  return endsAt !== null && endsAt < renewedBy ? endsAt : renewedBy
}

/** When a plan ends or, after a cancellation, will end; null if no end is known. */
type End = { endsAt: Date | null }

/** The end of a period that does not wait for a renewal. */
export function ownEnd({ end }: Period, { endsAt }: End): Date {
  return endsAt !== null && endsAt < end ? endsAt : end
}
