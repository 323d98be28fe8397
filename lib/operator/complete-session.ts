import { completeCheckout } from '@/lib/billing'
import { findCheckout } from '@/lib/billing/read/checkout-rows'
import { UnknownCustomer } from '@/lib/billing/read/read-stripe'
import { isMissing } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { ForeignLine } from '@/lib/credits/verbs/apply-billing'
import { NotFound } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'
import { type ActionForm, checkForm, runRecorded } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

type CompleteInput = ActionForm & { sessionId: string }

/** `done` if the checkout is paid and its credits are granted. */
export type CompleteOutcome = { outcome: 'done' | 'refused'; detail: string | null }

/**
 * Reads a checkout from Stripe and grants what was paid for; a later webhook changes nothing. Throws `Unavailable` if
 * Stripe does not answer, and `NotFound` if the checkout is unknown or the caller is not staff.
 */
export async function completeSession(ctx: Context, input: CompleteInput): Promise<CompleteOutcome> {
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
      const { status } = await completeCheckout(supportContext(ctx, staff), { sessionId })
      if (status === 'paid') return { outcome: 'done', detail: null }
      const detail =
        status === 'checking'
          ? 'The payment differs from what was sold. Accept it as it is, or refund it.'
          : `Stripe says that this checkout is ${status}, not paid.`
      return { outcome: 'refused', detail }
    } catch (error) {
      const detail = refusalOf(error)
      if (detail === null) throw error
      return { outcome: 'refused', detail }
    }
  })
}

/** The reason for a permanent failure; null for a temporary one, such as an outage of Stripe or the database. */
function refusalOf(error: unknown): string | null {
  if (error instanceof ForeignLine) return `${error.message}.`
  if (error instanceof NotFound)
    return 'This account has no customer in Stripe, so nothing can have been paid.'
  if (isMissing(error) || error instanceof UnknownCustomer)
    return 'Stripe no longer has this checkout or its customer.'
  if (isIntegrityError(error)) {
    logFailure(error, { requestId: 'none', route: 'settle checkout' })
    return `The ledger rejects Stripe’s data: ${error.message}.`
  }
  return null
}

/** PostgreSQL's error class 23: a constraint violation is permanent. */
function isIntegrityError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('23')
}
