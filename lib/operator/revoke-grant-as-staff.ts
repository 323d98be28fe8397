import type { Context } from '@/lib/context'
import type { Grant } from '@/lib/credits/book/records'
import type { Outcome } from '@/lib/credits/store/write-account'
import { findGrantAccount } from '@/lib/credits/verbs/find-grant-account'
import { revokeGrant } from '@/lib/credits/verbs/grant-credits'
import { InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { type ActionForm, checkForm, ledgerKey, recordAction } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

type TakeBackInput = ActionForm & { grantId: string }

/**
 * Revokes the unspent part of a grant. Throws `InvalidRequest` if nothing is left, and `NotFound` if the grant is unknown or
 * the caller is not staff.
 */
export async function revokeGrantAsStaff(ctx: Context, input: TakeBackInput): Promise<Outcome<Grant>> {
  const staff = await requireStaff(ctx)
  const { reason, key } = checkForm(input)
  const { grantId } = input
  const support = supportContext(ctx, staff)
  const accountId = await findGrantAccount(support, grantId)
  const subject = publicId('grant', grantId)
  const action = { staff, accountId, kind: 'revoke', subject, reason, key, amount: null } as const
  return revokeGrant(support, {
    accountId,
    grantId,
    reason,
    idempotency: ledgerKey(action),
    alongside: (client, book) => {
      const taken = book.entries.find((entry) => entry.kind === 'revoke' && entry.grantId === grantId)
      if (!taken) throw InvalidRequest.at('grant', 'This grant has no unspent credits.')
      return recordAction(client, action, { book, amount: -taken.amount })
    },
  })
}
