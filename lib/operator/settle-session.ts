import { settleCheckout } from '@/lib/billing'
import { findCheckout } from '@/lib/billing/checkout/checkout-rows'
import { PaymentMismatch } from '@/lib/billing/read/billing-facts'
import { isMissing } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { ForeignLine } from '@/lib/credits/verbs/apply-billing'
import { NotFound } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'
import { type ActionForm, checkForm, runRecorded } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

type SettleInput = ActionForm & { sessionId: string }

/** What came of asking Stripe: `done` when the checkout is paid and its credits are there. */
export type SettleOutcome = { outcome: 'done' | 'refused'; detail: string | null }

/**
 * Reads a checkout from Stripe and gives what it paid for; a webhook that comes later changes nothing more. Throws
 * `Unavailable` when Stripe cannot answer, and `NotFound`, also for all but staff.
 */
export async function settleSession(ctx: Context, input: SettleInput): Promise<SettleOutcome> {
  const staff = await requireStaff(ctx)
  const { reason, key } = checkForm(input)
  const { sessionId } = input
  const row = await findCheckout(ctx.pool, sessionId)
  if (row === null) throw new NotFound('checkout')
  const { accountId } = row
  const action = {
    staff,
    accountId,
    kind: 'settle_checkout',
    subject: sessionId,
    reason,
    key,
    amount: null,
  } as const
  return runRecorded(ctx, action, async () => {
    try {
      const { status } = await settleCheckout(supportContext(ctx, staff), { sessionId })
      if (status === 'paid') return { outcome: 'done', detail: null }
      return { outcome: 'refused', detail: `Stripe says that this checkout is ${status}, not paid.` }
    } catch (error) {
      const detail = refusalOf(error)
      if (detail === null) throw error
      return { outcome: 'refused', detail }
    }
  })
}

/** Why it will not be different next time; null for what may be: Stripe or the database being away. */
function refusalOf(error: unknown): string | null {
  if (error instanceof PaymentMismatch || error instanceof ForeignLine) return `${error.message}.`
  if (error instanceof NotFound)
    return 'This account has no customer at Stripe, so nothing can have been paid.'
  if (isMissing(error)) return 'Stripe does not have this checkout, or its customer, any more.'
  if (isIntegrityError(error)) {
    logFailure(error, { requestId: 'none', route: 'settle checkout' })
    return `The ledger refuses what Stripe says: ${error.message}.`
  }
  return null
}

/** Class 23 of PostgreSQL's errors: what a constraint refuses once, it refuses always. */
function isIntegrityError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('23')
}
