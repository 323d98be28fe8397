import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import type { Grant } from '@/lib/credits/book/records'
import type { Outcome } from '@/lib/credits/store/write-account'
import { grantCredits } from '@/lib/credits/verbs/grant-credits'
import { InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { AMOUNT_MAX, type Millicredits } from '@/lib/millicredits'
import { type ActionForm, checkForm, ledgerKey, recordAction } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

/** Limits the damage of a typo to five times the largest pack. Larger grants take several actions. */
const GIFT_MAX = 100_000_000

/** `days`: the lifetime of the granted credits from now; null if they never expire. */
type GiftInput = ActionForm & { accountId: string; amount: Millicredits; days: number | null }

const DAYS_MAX = 9_999

/**
 * Grants promotional credits with a reason shown to the account holder. Throws `InvalidRequest`, and `NotFound` unless
 * the caller is staff.
 */
export async function grantCreditsAsStaff(ctx: Context, input: GiftInput): Promise<Outcome<Grant>> {
  const staff = await requireStaff(ctx)
  const { reason, key } = checkForm(input)
  const { accountId, amount, days } = input
  if (amount <= 0 || amount > Math.min(GIFT_MAX, AMOUNT_MAX))
    throw InvalidRequest.at('amount', 'Enter between 0.001 and 100,000 credits.')
  if (days !== null && (!Number.isInteger(days) || days < 1 || days > DAYS_MAX))
    throw InvalidRequest.at('days', 'Enter a whole number of days, or leave this empty.')
  const expiresAt = days === null ? null : new Date(ctx.clock.now().getTime() + days * DAY_MS)
  const subject = publicId('user', accountId)
  // The request hash contains the days, because the expiry differs each time the form is sent.
  const action = { staff, accountId, kind: 'grant', subject, reason, key, amount, days } as const
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
