import type { Context } from '@/lib/context'
import { grantCredits } from '@/lib/credits/grant-credits'
import type { Grant } from '@/lib/credits/records'
import type { Outcome } from '@/lib/credits/write-account'
import { InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { AMOUNT_MAX, type Millicredits } from '@/lib/millicredits'
import { type ActionForm, checkForm, ledgerKey, recordAction } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

/** What a slip of the finger may cost at most: five times the largest pack. More is given in several acts. */
const GIFT_MAX = 100_000_000

type GiftInput = ActionForm & { accountId: string; amount: Millicredits; expiresAt: Date | null }

/** Gives promotional credits, with the reason the account's holder reads. Throws `InvalidRequest`, and `NotFound` for all but staff. */
export async function giveCredits(ctx: Context, input: GiftInput): Promise<Outcome<Grant>> {
  const staff = await requireStaff(ctx)
  const { reason, key } = checkForm(input)
  const { accountId, amount, expiresAt } = input
  if (amount <= 0 || amount > Math.min(GIFT_MAX, AMOUNT_MAX))
    throw InvalidRequest.at('amount', 'Between 0.001 and 100,000 credits at a time.')
  const subject = publicId('user', accountId)
  const action = { staff, accountId, kind: 'grant', subject, reason, key, amount } as const
  return grantCredits(supportContext(ctx, staff), {
    accountId,
    amount,
    expiresAt,
    reason,
    idempotency: ledgerKey(action),
    alongside: (client, book, grant) =>
      recordAction(client, { ...action, subject: publicId('grant', grant.id) }, { book, amount }),
  })
}
