import { closeNotice } from '@/lib/billing/apply/notices'
import { findNotice } from '@/lib/billing/read/notice-rows'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { type ActionForm, checkForm, runRecorded } from './action-log'
import { requireStaff } from './require-staff'

/**
 * Closes a notice about money. `outcome`: `seen` only closes it; `accepted` allows what the reconciler asks for. Throws
 * `NotFound` if the notice is unknown or the caller is not staff.
 */
export async function closeNoticeAsStaff(
  ctx: Context,
  input: ActionForm & { notice: string; outcome: 'accepted' | 'seen' },
): Promise<{ outcome: 'done' | 'refused'; detail: string | null }> {
  const staff = await requireStaff(ctx)
  const { reason, key } = checkForm(input)
  const found = await findNotice(ctx.pool, input.notice)
  if (found === null) throw new NotFound('notice')
  const { id, accountId } = found
  const outcome = found.kind === 'held' ? input.outcome : 'seen'
  const action = {
    staff,
    accountId,
    kind: 'close_notice',
    subject: id,
    reason,
    key,
    amount: null,
  } as const
  return runRecorded(ctx, action, async () => {
    await closeNotice(ctx, { id, accountId, outcome })
    return { outcome: 'done', detail: outcome === 'accepted' ? 'Allowed for a day.' : null }
  })
}
