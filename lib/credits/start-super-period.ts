import { catalog, plan } from '@/lib/catalog'
import { HOUR_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { micros } from '@/lib/instant'
import type { AccountBook } from './book'
import { grantPaidBy } from './paid-grant'
import type { Period } from './periods'
import type { Grant, Payment } from './records'
import { settleDue } from './settle'
import { type Outcome, writeAccount } from './write-account'

type SuperPeriodInput = {
  accountId: string
  /** As Stripe has it on the invoice line. */
  period: Period
  payment: Payment
  /** Whether the subscription was cancelled: no renewal will follow, so the allowance ends with its period. */
  cancelAtPeriodEnd: boolean
}

/**
 * A paid Super period: its whole allowance starts now, and what is left of Free's, or of the Super period before, ends.
 * What is held of those stays held; packs, promos and moved rewards are not touched (architecture.md, "Upgrade"). Happens
 * once per paid invoice line, whatever is repeated or late; a repeat returns the grant made first. Throws `NotFound`.
 */
export function startSuperPeriod(ctx: Context, input: SuperPeriodInput): Promise<Outcome<Grant>> {
  const { accountId, period, payment } = input
  return writeAccount(ctx, {
    accountId,
    idempotency: null,
    makes: 'grant',
    already: (client) => grantPaidBy(client, accountId, payment.stripeLine),
    decide: (book) => {
      const isCurrent = startsNow(book, input)
      if (isCurrent) {
        endAllowances(book)
        book.plan = 'super'
        book.planEndsAt = input.cancelAtPeriodEnd ? period.end : null
      }
      const grant = book.issue({
        source: 'allowance',
        amount: plan('super').monthlyCredits,
        expiresAt: isCurrent ? spendableUntil(input) : book.now,
        period: { plan: 'super', ...period },
        payment,
        reason: null,
      })
      settleDue(book)
      return { value: { ...grant }, objectId: grant.id, result: null }
    },
  })
}

/**
 * False for a payment reported so late that a newer period has started, or a cancelled one is over: its allowance then
 * leaves the account as it would have, had it come in time.
 */
function startsNow(book: AccountBook, { period, cancelAtPeriodEnd }: SuperPeriodInput): boolean {
  if (cancelAtPeriodEnd && period.end <= book.now) return false
  return ![...book.grants.values()].some(
    (grant) => grant.period?.plan === 'super' && grant.period.start > period.start,
  )
}

/** The renewal is paid up to some hours after the period's end; until then its allowance stays spendable. */
function spendableUntil({ period, cancelAtPeriodEnd }: SuperPeriodInput): Date {
  if (cancelAtPeriodEnd) return period.end
  return new Date(period.end.getTime() + catalog.terms.renewalGraceHoursMax * HOUR_MS)
}

/** Ends every allowance now. Its expiry moves with it, so that what a hold frees later is not spendable again. */
function endAllowances(book: AccountBook): void {
  for (const grant of book.grants.values()) {
    if (grant.source !== 'allowance' || !book.isLive(grant)) continue
    book.setExpiry(grant, book.now)
    book.expire(grant, micros(book.now))
  }
}
