import type { Context } from '@/lib/context'
import type { Refund } from '@/lib/credits/book/records'
import { loadCharge } from '@/lib/credits/store/load-by-id'
import type { Outcome } from '@/lib/credits/store/write-account'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import type { Millicredits } from '@/lib/millicredits'
import { type ActionForm, checkForm, ledgerKey, recordAction } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

type GiveBackInput = ActionForm & { chargeId: string; amount: Millicredits }

/**
 * Refunds a charge in part or in full, and reverses its reward. Throws `InvalidRequest` above the refundable amount, and
 * `NotFound` if the charge is unknown or the caller is not staff.
 */
export async function refundChargeAsStaff(ctx: Context, input: GiveBackInput): Promise<Outcome<Refund>> {
  const staff = await requireStaff(ctx)
  const { reason, key } = checkForm(input)
  const { chargeId, amount } = input
  if (amount <= 0) throw InvalidRequest.at('amount', 'Enter an amount above 0.')
  const { accountId } = await loadCharge(ctx.pool, chargeId)
  const subject = publicId('charge', chargeId)
  const action = { staff, accountId, kind: 'refund_charge', subject, reason, key, amount } as const
  return refundCharge(supportContext(ctx, staff), {
    accountId,
    chargeId,
    amount,
    reason,
    idempotency: ledgerKey(action),
    alongside: (client, book) => recordAction(client, action, { book, amount }),
  })
}
