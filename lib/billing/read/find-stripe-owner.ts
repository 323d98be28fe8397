import { findCheckout } from '@/lib/billing/read/checkout-rows'
import { findCustomerAccount } from '@/lib/billing/read/customer-rows'
import { ownerOfPayment } from '@/lib/billing/read/owner-of-payment'
import { idOf, isMissing, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'

/** The owner of an object in Stripe. `payment` is its payment intent, if there is one. */
export type StripeOwner = { accountId: string; payment: string | null; session: string | null }

type Find = (ctx: Context, id: string) => Promise<StripeOwner | null>

const dispute: Find = async (ctx, id) => {
  const { payment_intent: intent } = await withStripe((stripe) => stripe.disputes.retrieve(id))
  return ownerOf(ctx, idOf(intent))
}

const BY_PREFIX: Record<string, Find> = {
  pi: ownerOf,
  cs: async (ctx, id) => {
    const row = await findCheckout(ctx.pool, id)
    return row && { accountId: row.accountId, payment: null, session: row.id }
  },
  cus: async (ctx, id) => owned(await findCustomerAccount(ctx, id), null),
  sub: async (ctx, id) => owned(await subscriber(ctx, id), null),
  in: async (ctx, id) => {
    const invoice = await withStripe((stripe) => stripe.invoices.retrieve(id))
    const accountId = await findCustomerAccount(ctx, idOf(invoice.customer))
    return accountId === null ? null : owned(accountId, await paymentOf(id))
  },
  ch: async (ctx, id) => {
    const charge = await withStripe((stripe) => stripe.charges.retrieve(id))
    return owned(await findCustomerAccount(ctx, idOf(charge.customer)), idOf(charge.payment_intent))
  },
  re: async (ctx, id) => {
    const { payment_intent: intent } = await withStripe((stripe) => stripe.refunds.retrieve(id))
    return ownerOf(ctx, idOf(intent))
  },
  du: dispute,
  dp: dispute,
}

/**
 * Finds the account behind a Stripe id: a payment, checkout session, invoice, charge, refund, dispute, subscription or
 * customer. Ids recorded here are looked up here; Stripe is asked about all others and about payments that bought
 * nothing. Null if the object does not belong to this product. Throws `Unavailable`.
 */
export async function findStripeOwner(ctx: Context, id: string): Promise<StripeOwner | null> {
  const prefix = id.slice(0, id.indexOf('_'))
  const find = Object.hasOwn(BY_PREFIX, prefix) ? BY_PREFIX[prefix] : undefined
  if (find === undefined) return null
  try {
    return await find(ctx, id)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** The format of a printed invoice number: a prefix for the customer or the business, and a counter. */
const INVOICE_NUMBER = /^[A-Z0-9]{3,12}-\d{4,9}$/i

/**
 * Finds the account of an invoice by its printed number, which Stripe's search finds after about a minute. Null if the
 * invoice does not belong to this product. Throws `Unavailable`.
 */
export async function findInvoiceOwner(ctx: Context, number: string): Promise<StripeOwner | null> {
  if (!INVOICE_NUMBER.test(number)) return null
  const query = `number:"${number.toUpperCase()}"`
  const { data } = await withStripe((stripe) => stripe.invoices.search({ query, limit: 1 }))
  const [invoice] = data
  return invoice?.id === undefined ? null : findStripeOwner(ctx, invoice.id)
}

async function ownerOf(ctx: Context, payment: string | null): Promise<StripeOwner | null> {
  return payment === null ? null : owned((await ownerOfPayment(ctx, payment))?.accountId, payment)
}

function owned(accountId: string | null | undefined, payment: string | null): StripeOwner | null {
  return accountId ? { accountId, payment, session: null } : null
}

async function subscriber(ctx: Context, subscription: string): Promise<string | null> {
  const { rows } = await ctx.pool.query<{ account_id: string }>({
    name: 'find-subscriber',
    text: 'select account_id from subscriptions where stripe_subscription = $1',
    values: [subscription],
  })
  return rows[0]?.account_id ?? null
}

/** The first payment of an invoice. In Stripe's current API, invoice payments link the two. */
async function paymentOf(invoice: string): Promise<string | null> {
  const { data } = await withStripe((stripe) => stripe.invoicePayments.list({ invoice, limit: 10 }))
  const paid = data.findLast(({ status }) => status === 'paid')
  return idOf(paid?.payment.payment_intent)
}
