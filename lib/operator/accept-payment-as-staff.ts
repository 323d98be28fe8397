import { acceptPayment } from '@/lib/billing/apply/accept-payment'
import { findNotice } from '@/lib/billing/read/notice-rows'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { type ActionForm, checkForm, runRecorded } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

/**
 * Accepts a payment that differs from what was sold, and grants what was sold. `notice` is the id of the notice. Throws
 * `Unavailable` if Stripe does not answer, and `NotFound` if the notice is unknown or the caller is not staff.
 */
export async function acceptMismatch(
  ctx: Context,
  input: ActionForm & { notice: string },
): Promise<{ outcome: 'done' | 'refused'; detail: string | null }> {
  const staff = await requireStaff(ctx)
  const { reason, key } = checkForm(input)
  const found = await findNotice(ctx.pool, input.notice)
  if (found?.kind !== 'mismatch' || found.accountId === null) throw new NotFound('notice')
  const { accountId, subject, facts } = found
  const { amount, currency } = facts.paid
  const action = {
    staff,
    accountId,
    kind: 'accept_payment',
    subject: facts.payment ?? subject,
    reason,
    key,
    amount,
    currency,
  } as const
  return runRecorded(ctx, action, async () => {
    await acceptPayment(supportContext(ctx, staff), { accountId, subject })
    return { outcome: 'done', detail: null }
  })
}
