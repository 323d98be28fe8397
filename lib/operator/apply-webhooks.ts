import { drainWebhooks } from '@/lib/billing/repair/drain-webhooks'
import type { Context } from '@/lib/context'
import { type ActionForm, checkForm, runRecorded } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

/**
 * Applies every stored Stripe event, including those not due for a retry. Throws `InvalidRequest`, and `NotFound`
 * unless the caller is staff.
 */
export async function applyWebhooks(
  ctx: Context,
  input: ActionForm,
): Promise<{ outcome: 'done' | 'refused'; detail: string | null }> {
  const staff = await requireStaff(ctx)
  const { reason, key } = checkForm(input)
  const action = {
    staff,
    accountId: null,
    kind: 'apply_webhooks',
    subject: 'webhooks',
    reason,
    key,
    amount: null,
  } as const
  return runRecorded(ctx, action, async () => {
    const { tried, failed } = await drainWebhooks(supportContext(ctx, staff), { early: true })
    const detail = `${tried - failed} of ${tried} applied.`
    return { outcome: failed === 0 ? 'done' : 'refused', detail }
  })
}
