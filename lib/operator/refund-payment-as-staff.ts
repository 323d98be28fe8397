import { refusePayment } from '@/lib/billing/apply/accept-payment'
import { refundPayment } from '@/lib/billing/apply/refund-payment'
import { findMismatch } from '@/lib/billing/read/notice-rows'
import { previewRefund, type RefundEffect, readPayment } from '@/lib/billing/read/read-payment'
import type { Context } from '@/lib/context'
import { InvalidRequest } from '@/lib/errors'
import { type ActionForm, checkForm, runRecorded } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

type ReturnInput = ActionForm & {
  payment: string
  /** The amount in minor units of `currency`, which is the payment's currency. */
  amount: number
  currency: string
}

/**
 * Refunds a payment in Stripe and revokes the unspent credits it bought; the rest becomes the grant's shortfall. A full
 * refund of a payment that differs from what was sold also decides that it buys nothing. Throws `InvalidRequest` above
 * the remaining payment, `Unavailable` if Stripe does not answer, and `NotFound` if the payment is unknown or the
 * caller is not staff.
 */
export async function refundPaymentAsStaff(
  ctx: Context,
  input: ReturnInput,
): Promise<{ outcome: 'done' | 'refused'; detail: string | null }> {
  const staff = await requireStaff(ctx)
  const { reason, key } = checkForm(input)
  const support = supportContext(ctx, staff)
  const payment = await readPayment(support, input.payment)
  const { amount, currency } = input
  if (currency !== payment.currency)
    throw InvalidRequest.at('amount', `In ${payment.currency.toUpperCase()}.`)
  if (!Number.isSafeInteger(amount) || amount <= 0 || amount > payment.paid)
    throw InvalidRequest.at('amount', 'Enter an amount above 0 and at most the amount paid.')
  const { accountId } = payment
  const action = {
    staff,
    accountId,
    kind: 'refund_payment',
    subject: payment.id,
    reason,
    key,
    amount,
    currency,
  } as const
  return runRecorded(ctx, action, async ({ signedBy }) => {
    try {
      const metadata = { operator: signedBy, reason }
      const status = await refundPayment(support, { payment, amount, key, metadata })
      if (status === 'failed') return { outcome: 'refused', detail: 'The bank refused the refund.' }
      const mismatch = await findMismatch(ctx.pool, payment.id)
      if (mismatch !== null && payment.returned + amount >= payment.paid)
        await refusePayment(support, { accountId, subject: mismatch.subject })
      const isPending = status === 'pending'
      return {
        outcome: 'done',
        detail: isPending ? 'On its way: the credits are revoked once the money has been returned.' : null,
      }
    } catch (error) {
      if (error instanceof InvalidRequest)
        return { outcome: 'refused', detail: error.errors[0]?.message ?? null }
      throw error
    }
  })
}

/** Previews the effect of refunding `amount`. Throws `NotFound` unless the caller is staff. */
export async function previewReturn(
  ctx: Context,
  input: { payment: Awaited<ReturnType<typeof readPayment>>; amount: number },
): Promise<RefundEffect> {
  const staff = await requireStaff(ctx)
  return previewRefund(supportContext(ctx, staff), input.payment, input.amount)
}
