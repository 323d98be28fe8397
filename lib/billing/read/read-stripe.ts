import type Stripe from 'stripe'
import { endSecondSubscriptions, refundSecondInvoice } from '@/lib/billing/apply/second-subscription'
import { type CheckoutRow, findCheckout } from '@/lib/billing/checkout/checkout-rows'
import { idOf, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import type { ReturnedMoney } from '@/lib/credits/book/returned-money'
import { readReturned } from './read-returned'
import { isOfPlan, isRunning, isSecond } from './subscription-facts'

/** What a reading is about; the rest of the account is left as it is. */
export type Focus = {
  /** Checkouts this product began. */
  sessions?: string[]
  invoices?: string[]
  /** Payment intents whose money may have gone back. */
  payments?: string[]
  /** Whether the plan is concerned; it always is with an invoice or a checkout of the plan. */
  plan?: boolean
}

export type SessionReading = { row: CheckoutRow; session: Stripe.Checkout.Session }

export type InvoiceReading = {
  invoice: Stripe.Invoice
  subscription: Stripe.Subscription
  /** Null: paid without money, from a balance at Stripe. */
  payment: string | null
}

export type Reading = {
  sessions: SessionReading[]
  /** Paid ones, of a plan. */
  invoices: InvoiceReading[]
  /** All of a plan that the customer ever had, second ones left out; null when the reading does not concern the plan. */
  subscriptions: Stripe.Subscription[] | null
  returned: ReturnedMoney[]
}

/**
 * Reads from Stripe what is in focus and what belongs to it: everything one application needs, so that it never depends
 * on what an event said. Writes nothing here; at Stripe it ends a second subscription where it finds one.
 */
export async function readStripe(ctx: Context, customer: string, focus: Focus): Promise<Reading> {
  const sessions = await Promise.all((focus.sessions ?? []).map((id) => readSession(ctx, id)))
  const found = sessions.filter((session) => session !== null)
  const planInvoices = found.map(({ session }) => (session.mode === 'subscription' ? session.invoice : null))
  const invoiceIds = [...(focus.invoices ?? []), ...planInvoices.flatMap((invoice) => idOf(invoice) ?? [])]
  const concernsPlan = focus.plan || invoiceIds.length > 0 || found.some(({ row }) => row.kind === 'plan')
  const all = concernsPlan ? await readSubscriptions(customer) : null
  const current = all === null ? [] : await unappliedInvoices(ctx, all)
  const invoices = await Promise.all(
    [...new Set([...invoiceIds, ...current])].map((id) => readInvoice(id, all ?? [])),
  )
  const paid = invoices.filter((invoice) => invoice !== null)
  const payments = [
    ...(focus.payments ?? []),
    ...found.flatMap(({ session }) => (isPaid(session) ? (idOf(session.payment_intent) ?? []) : [])),
    ...paid.flatMap(({ payment }) => payment ?? []),
  ]
  const returned = await Promise.all([...new Set(payments)].map(readReturned))
  const subscriptions = all?.filter((subscription) => !isSecond(subscription)) ?? null
  return {
    sessions: found,
    invoices: paid.filter(({ subscription }) => !isSecond(subscription)),
    subscriptions,
    returned,
  }
}

/** A session that is worth credits; no money is asked for what costs nothing. */
export function isPaid({ payment_status }: Stripe.Checkout.Session): boolean {
  return payment_status !== 'unpaid'
}

/** Null for a session that this product did not begin: nothing was sold with it. */
async function readSession(ctx: Context, id: string): Promise<SessionReading | null> {
  const row = await findCheckout(ctx.pool, id)
  if (row === null) return null
  const expand = ['line_items', 'payment_intent.latest_charge']
  const session = await withStripe((stripe) => stripe.checkout.sessions.retrieve(id, { expand }))
  return { row, session }
}

async function readSubscriptions(customer: string): Promise<Stripe.Subscription[]> {
  const list = async () => {
    const { data } = await withStripe((stripe) =>
      stripe.subscriptions.list({
        customer,
        status: 'all',
        limit: 100,
        expand: ['data.latest_invoice'],
      }),
    )
    return data.filter(isOfPlan)
  }
  const found = await list()
  return (await endSecondSubscriptions(found)) ? list() : found
}

/** The newest invoice of what runs, when it was paid and has given nothing yet: its event may come late, or never. */
async function unappliedInvoices(ctx: Context, subscriptions: Stripe.Subscription[]): Promise<string[]> {
  const latest = subscriptions
    .filter((subscription) => isRunning(subscription) && !isSecond(subscription))
    .map(({ latest_invoice: invoice }) => invoice)
    .filter((invoice) => invoice !== null && typeof invoice !== 'string')
    .filter((invoice) => invoice.status === 'paid')
  if (latest.length === 0) return []
  const lines = latest.flatMap((invoice) => invoice.lines.data.map(({ id }) => id))
  const { rows } = await ctx.pool.query<{ stripe_line: string }>({
    name: 'lines-applied',
    text: 'select stripe_line from grants where stripe_line = any($1)',
    values: [lines],
  })
  const applied = new Set(rows.map((row) => row.stripe_line))
  return latest
    .filter((invoice) => !invoice.lines.data.some(({ id }) => applied.has(id)))
    .map((invoice) => invoice.id)
    .filter((id) => id !== undefined)
}

/** Null if it is not paid or not of a plan, such as a pack's own invoice. */
async function readInvoice(id: string, subscriptions: Stripe.Subscription[]): Promise<InvoiceReading | null> {
  const invoice = await withStripe((stripe) => stripe.invoices.retrieve(id))
  const owner = idOf(invoice.parent?.subscription_details?.subscription)
  const subscription = subscriptions.find((candidate) => candidate.id === owner)
  if (invoice.status !== 'paid' || subscription === undefined) return null
  const payment = await paymentOf(id)
  if (isSecond(subscription) && payment !== null) await refundSecondInvoice(payment)
  return { invoice, subscription, payment }
}

/** In Stripe's current API an invoice and its charge meet through invoice payments. */
export async function paymentOf(invoice: string): Promise<string | null> {
  const { data } = await withStripe((stripe) => stripe.invoicePayments.list({ invoice, limit: 10 }))
  const paid = data.find(({ status }) => status === 'paid')
  return idOf(paid?.payment.payment_intent)
}
