import type { Context } from '@/lib/context'
import type { Hold } from '@/lib/credits/book/records'
import { loadHold } from '@/lib/credits/store/load-by-id'
import type { Outcome } from '@/lib/credits/store/write-account'
import { releaseHold } from '@/lib/credits/verbs/hold-credits'
import { HoldClosed } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { type ActionForm, checkForm, ledgerKey, recordAction } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

type EndHoldInput = ActionForm & { holdId: string }

/**
 * Releases an open hold. Throws `HoldClosed` for a closed one, and `NotFound` if the hold is unknown or the caller is not
 * staff.
 */
export async function releaseHoldAsStaff(ctx: Context, input: EndHoldInput): Promise<Outcome<Hold>> {
  const staff = await requireStaff(ctx)
  const { reason, key } = checkForm(input)
  const { holdId } = input
  const { accountId, amount } = await loadHold(ctx.pool, holdId)
  const subject = publicId('hold', holdId)
  const action = { staff, accountId, kind: 'end_hold', subject, reason, key, amount: null } as const
  return releaseHold(supportContext(ctx, staff), {
    accountId,
    holdId,
    idempotency: ledgerKey(action),
    alongside: (client, book, hold) => {
      // A hold that is already closed does not change, so there is no action to record.
      if (hold.status === 'released' && !book.changedHoldIds.has(holdId)) throw new HoldClosed('released')
      if (hold.status === 'expired') throw new HoldClosed('expired')
      return recordAction(client, action, { book, amount })
    },
  })
}
