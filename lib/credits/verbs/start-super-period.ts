import { paidPlan } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import type { Period } from '@/lib/credits/book/periods'
import { startPaidPeriod } from '@/lib/credits/book/plan-life'
import type { Grant, Payment } from '@/lib/credits/book/records'
import { settleDue } from '@/lib/credits/book/settle'
import { grantPaidBy } from '@/lib/credits/store/paid-grant'
import { type Outcome, writeAccount } from '@/lib/credits/store/write-account'

type SuperPeriodInput = {
  accountId: string
  period: Period
  payment: Payment
  /** Whether the subscription was cancelled: no renewal will follow, so the allowance ends with its period. */
  cancelAtPeriodEnd: boolean
}

/**
 * Starts one paid Super period, outside of what a subscription at Stripe says. Happens once per paid invoice line,
 * whatever is repeated or late; a repeat returns the grant made first. Throws `NotFound`.
 */
export function startSuperPeriod(ctx: Context, input: SuperPeriodInput): Promise<Outcome<Grant>> {
  const { accountId, period, payment, cancelAtPeriodEnd } = input
  return writeAccount(ctx, {
    accountId,
    idempotency: null,
    makes: 'grant',
    already: (client) => grantPaidBy(client, accountId, payment.stripeLine),
    decide: (book) => {
      const plan = paidPlan().key
      const subscription = { plan, startedAt: period.start, endsAt: cancelAtPeriodEnd ? period.end : null }
      const grant = startPaidPeriod(book, { period, payment, subscription })
      settleDue(book)
      return { value: { ...grant }, objectId: grant.id, result: null }
    },
  })
}
