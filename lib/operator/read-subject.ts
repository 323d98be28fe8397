import { findMismatch, type MismatchNotice } from '@/lib/billing/read/notice-rows'
import { type PaymentView, readPayment } from '@/lib/billing/read/read-payment'
import type { Context } from '@/lib/context'
import type { Grant, Hold } from '@/lib/credits/book/records'
import { loadGrants } from '@/lib/credits/store/load-account'
import { loadCharge, loadHold } from '@/lib/credits/store/load-by-id'
import { readBook } from '@/lib/credits/verbs/get-balance'
import { asOf } from '@/lib/credits/verbs/list-holds'
import { NotFound } from '@/lib/errors'
import { parsePublicId } from '@/lib/ids'
import type { Millicredits } from '@/lib/millicredits'
import { type ChargeView, viewCharge } from '@/lib/usage/charge-view'
import { actionsOn, type OperatorAction } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'
import { type CheckoutItem, findCheckoutItem } from './timeline-rows'

/** An object of an account that staff view and act on. */
export type Subject =
  | { kind: 'charge'; view: ChargeView; refundable: Millicredits }
  | { kind: 'hold'; hold: Hold; chargeId: string | null }
  | { kind: 'grant'; grant: Grant }
  | { kind: 'checkout'; checkout: CheckoutItem }
  | { kind: 'payment'; payment: PaymentView; mismatch: MismatchNotice | null }

type SubjectInput = { accountId: string; id: string }

/**
 * The object with this id in the account, and the staff's earlier actions on it. A payment is read from Stripe. Throws
 * `Unavailable`, and `NotFound` for another account's object or if the caller is not staff.
 */
export async function readSubject(
  ctx: Context,
  input: SubjectInput,
): Promise<{ subject: Subject; actions: OperatorAction[] }> {
  const support = supportContext(ctx, await requireStaff(ctx))
  const [subject, actions] = await Promise.all([find(support, input), actionsOn(support, input.id)])
  return { subject, actions }
}

async function find(ctx: Context, { accountId, id }: SubjectInput): Promise<Subject> {
  const chargeId = parsePublicId('charge', id)
  if (chargeId !== null) return chargeOf(ctx, accountId, chargeId)
  const holdId = parsePublicId('hold', id)
  if (holdId !== null) return holdOf(ctx, accountId, holdId)
  const grantId = parsePublicId('grant', id)
  if (grantId !== null) return grantOf(ctx, accountId, grantId)
  if (id.startsWith('cs_')) return checkoutOf(ctx, accountId, id)
  if (id.startsWith('pi_')) return paymentOf(ctx, accountId, id)
  throw new NotFound('thing')
}

function requireOwner(owner: string, accountId: string, what: string): void {
  if (owner !== accountId) throw new NotFound(what)
}

async function chargeOf(ctx: Context, accountId: string, chargeId: string): Promise<Subject> {
  const charge = await loadCharge(ctx.pool, chargeId)
  requireOwner(charge.accountId, accountId, 'charge')
  const view = await viewCharge(ctx, charge)
  return { kind: 'charge', view, refundable: (view.paid - view.refunded) as Millicredits }
}

async function holdOf(ctx: Context, accountId: string, holdId: string): Promise<Subject> {
  const hold = await loadHold(ctx.pool, holdId)
  requireOwner(hold.accountId, accountId, 'hold')
  const { rows } = await ctx.pool.query<{ id: string }>({
    name: 'operator-charge-of-hold',
    text: 'select id from charges where hold_id = $1',
    values: [holdId],
  })
  return { kind: 'hold', hold: asOf(ctx.clock.now(), hold), chargeId: rows[0]?.id ?? null }
}

/** Reads a grant with everything due settled, as the page's actions will find it. */
async function grantOf(ctx: Context, accountId: string, grantId: string): Promise<Subject> {
  const book = await readBook(ctx, accountId)
  book.addGrants(await loadGrants(ctx.pool, accountId, [grantId]))
  const grant = book.grants.get(grantId)
  if (!grant) throw new NotFound('grant')
  return { kind: 'grant', grant }
}

async function checkoutOf(ctx: Context, accountId: string, sessionId: string): Promise<Subject> {
  const checkout = await findCheckoutItem(ctx, sessionId)
  if (checkout === null) throw new NotFound('checkout')
  requireOwner(checkout.accountId, accountId, 'checkout')
  return { kind: 'checkout', checkout }
}

async function paymentOf(ctx: Context, accountId: string, paymentIntent: string): Promise<Subject> {
  const payment = await readPayment(ctx, paymentIntent)
  requireOwner(payment.accountId, accountId, 'payment')
  return { kind: 'payment', payment, mismatch: await findMismatch(ctx.pool, paymentIntent) }
}
