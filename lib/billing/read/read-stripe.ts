import type Stripe from 'stripe'
import { dateOf, idOf, isMissing, withStripe } from '@/lib/billing/stripe-client'
import { plansEverSold } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import type { ReturnedMoney } from '@/lib/credits/book/returned-money'
import { Unavailable } from '@/lib/errors'
import { type CheckoutRow, findCheckout } from './checkout-rows'
import { decide, type PlanDecision } from './decide'
import { planLinesOf, trialLineOf } from './plan-lines'
import { PLAN_METADATA, type PlanTerms, type PriceBook, readPrices, scheduledChange } from './plan-prices'
import type { InvoicePayment, PlanInvoice, PlanSubscription } from './plan-subscription'
import { readReturned, readReturnedOfPayment } from './read-returned'
import { findSubscription } from './subscription-rows'
import { findTrial } from './trials'

/** Stripe's largest page. Only a customer billed for years has more invoices; older ones are read on request. */
const PAGE = 100
const LINES_MAX = 1_000

const UNKNOWN_RETRY_SECONDS = 600

/** The parts to read; the rest of the account does not change. */
export type Focus = {
  /** Checkouts started by this product. */
  sessions?: string[]
  invoices?: string[]
  /** Payment intents whose money may have been returned. */
  payments?: string[]
  /** True to include the plan. An invoice or a checkout of the plan always includes it. */
  plan?: boolean
}

/** `verdict`: the decision of staff about a payment that differs from what was sold; null without one. */
export type SessionReading = { row: CheckoutRow; session: Stripe.Checkout.Session; verdict: Verdict | null }

/** `refused`: its money was refunded. */
type Verdict = 'accepted' | 'refused'
type Verdicts = ReadonlyMap<string, Verdict>

/** The state in Stripe of everything in focus, at one moment. */
export type Reading = {
  sessions: SessionReading[]
  /** The decision about the customer's subscriptions; null if the reading does not include the plan. */
  plan: (PlanDecision & { subscriptions: PlanSubscription[] }) | null
  /** The subscription recorded here that Stripe does not have, if any. */
  missing: string | null
  returned: ReturnedMoney[]
}

type Account = { accountId: string; customer: string }

/** Stripe does not know the customer: it was deleted, or it belongs to another account or mode. */
export class UnknownCustomer extends Unavailable {
  constructor(readonly customer: string) {
    super('Payments of this account are being checked. Nothing was bought or changed.', UNKNOWN_RETRY_SECONDS)
  }
}

/**
 * Reads everything in focus and its related objects from Stripe, so that applying the reading never depends on the content
 * of an event. Writes nothing. Throws `UnknownCustomer`, and `Unavailable`.
 */
export async function readStripe(ctx: Context, account: Account, focus: Focus): Promise<Reading> {
  const verdicts = await readVerdicts(ctx, account.accountId)
  const found = await Promise.all((focus.sessions ?? []).map((id) => readSession(ctx, id, verdicts)))
  const sessions = found.filter((session) => session !== null)
  const billed = sessions.map(({ session }) => (session.mode === 'subscription' ? session.invoice : null))
  const invoiceIds = [...(focus.invoices ?? []), ...billed.flatMap((invoice) => idOf(invoice) ?? [])]
  const concernsPlan = focus.plan || invoiceIds.length > 0 || sessions.some(({ row }) => row.kind === 'plan')
  const plans = concernsPlan ? await readPlans(ctx, account, { invoiceIds, verdicts }) : null
  const trial = plans && (await findTrial(ctx.pool, account.accountId))
  const payments = [
    ...(focus.payments ?? []),
    ...sessions.flatMap(({ session }) => (isPaid(session) ? (idOf(session.payment_intent) ?? []) : [])),
  ]
  const decision = plans === null ? null : decide(plans.subscriptions, { trial, now: ctx.clock.now() })
  const changed = await moneyOf(ctx, { invoices: plans?.invoices ?? [], decision, asked: invoiceIds })
  const returned = await Promise.all([
    ...changed.map(async (invoice) => [await readReturned(invoice)]),
    ...[...new Set(payments)].map(readReturnedOfPayment),
  ])
  return {
    sessions,
    plan: plans && decision && { ...decision, subscriptions: plans.subscriptions },
    missing: plans?.missing ?? null,
    returned: returned.flat(),
  }
}

/** Returns true if a session grants credits: it is paid or needs no payment. */
export function isPaid({ payment_status }: Stripe.Checkout.Session): boolean {
  return payment_status !== 'unpaid'
}

/** Null if this product did not start the session and therefore sold nothing. */
async function readSession(ctx: Context, id: string, verdicts: Verdicts): Promise<SessionReading | null> {
  const row = await findCheckout(ctx.pool, id)
  if (row === null) return null
  const expand = ['line_items', 'payment_intent.latest_charge']
  const session = await withStripe((stripe) => stripe.checkout.sessions.retrieve(id, { expand }))
  return { row, session, verdict: verdicts.get(id) ?? null }
}

type Plans = {
  subscriptions: PlanSubscription[]
  missing: string | null
  /** All invoices read, including those that bill no plan. */
  invoices: Stripe.Invoice[]
}

async function readPlans(
  ctx: Context,
  account: Account,
  { invoiceIds, verdicts }: { invoiceIds: string[]; verdicts: Verdicts },
): Promise<Plans> {
  const [{ subscriptions, missing }, invoices] = await Promise.all([
    readSubscriptions(ctx, account),
    readInvoices(account, invoiceIds),
  ])
  const lines = await Promise.all(invoices.map(readLines))
  const priceOf = await readPrices({ subscriptions, lines: lines.flat() })
  const read = await Promise.all(
    invoices.map(async (invoice, index): Promise<PlanInvoice> => {
      const ofPlan = planLinesOf(lines[index] ?? [], priceOf)
      const verdict = verdicts.get(invoice.id)
      return {
        invoice,
        lines: verdict === 'accepted' ? ofPlan.map((line) => ({ ...line, mismatch: null })) : ofPlan,
        trial: trialLineOf(lines[index] ?? [], priceOf),
        isRefused: verdict === 'refused',
        payments: paymentsOf(invoice),
        isProcessing: invoice.status === 'open' && (await isProcessing(invoice.id)),
      }
    }),
  )
  return {
    subscriptions: subscriptions.flatMap((subscription): PlanSubscription[] => {
      const terms = termsOf(subscription, priceOf)
      if (terms === null) return []
      const invoices = read.filter(({ invoice }) => subscriptionOf(invoice) === subscription.id).reverse()
      return [{ subscription, ...terms, ...changesOf(subscription, priceOf), invoices }]
    }),
    missing,
    invoices,
  }
}

/** A subscription belongs to a plan because of one of its prices, or because our checkout sold it. */
function termsOf({ items, metadata }: Stripe.Subscription, priceOf: PriceBook): PlanTerms | null {
  const [priced] = items.data.flatMap(({ price }) => priceOf(price.id) ?? [])
  if (priced) return { plan: priced.plan, since: priced.since }
  const plan = plansEverSold().find((key) => key === metadata[PLAN_METADATA])
  return plan === undefined ? null : { plan, since: null }
}

function changesOf(
  subscription: Stripe.Subscription,
  priceOf: PriceBook,
): Pick<PlanSubscription, 'next' | 'pending'> {
  const change = scheduledChange(subscription)
  const next = change && priceOf(change.price)
  const items = subscription.pending_update?.subscription_items ?? []
  const [pending] = items.flatMap(({ price }) => priceOf(price.id) ?? [])
  return {
    next: next && change && { plan: next.plan, since: next.since, at: dateOf(change.at) },
    pending: pending ? { plan: pending.plan, since: pending.since } : null,
  }
}

function subscriptionOf({ parent }: Stripe.Invoice): string | null {
  return idOf(parent?.subscription_details?.subscription)
}

async function readSubscriptions(
  ctx: Context,
  { accountId, customer }: Account,
): Promise<{ subscriptions: Stripe.Subscription[]; missing: string | null }> {
  const subscriptions = await ofCustomer(customer, (stripe) =>
    stripe.subscriptions.list({ customer, status: 'all', limit: PAGE, expand: ['data.schedule'] }),
  )
  const stored = await findSubscription(ctx.pool, accountId)
  if (stored === null || subscriptions.some(({ id }) => id === stored.id))
    return { subscriptions, missing: null }
  // The stored subscription may belong to a customer that has since been replaced.
  try {
    const old = await withStripe((stripe) =>
      stripe.subscriptions.retrieve(stored.id, { expand: ['schedule'] }),
    )
    return { subscriptions: [...subscriptions, old], missing: null }
  } catch (error) {
    if (!isMissing(error)) throw error
    return { subscriptions, missing: stored.id }
  }
}

/** The newest invoices and those requested by id, newest first. */
async function readInvoices({ customer }: Account, ids: string[]): Promise<Stripe.Invoice[]> {
  const newest = await ofCustomer(customer, (stripe) =>
    stripe.invoices.list({ customer, limit: PAGE, expand: ['data.payments'] }),
  )
  const older = ids.filter((id) => !newest.some((invoice) => invoice.id === id))
  const expand = ['payments']
  const found = await Promise.all(
    [...new Set(older)].map((id) => withStripe((stripe) => stripe.invoices.retrieve(id, { expand }))),
  )
  return [...newest, ...found].sort((left, right) => right.created - left.created)
}

async function ofCustomer<T>(
  customer: string,
  list: (stripe: Stripe) => Promise<Stripe.ApiList<T>>,
): Promise<T[]> {
  try {
    return (await withStripe(list)).data
  } catch (error) {
    throw isMissing(error, 'customer') ? new UnknownCustomer(customer) : error
  }
}

/** All lines of an invoice. An invoice contains only its first lines; the rest are read separately. */
async function readLines({ id, lines }: Stripe.Invoice): Promise<Stripe.InvoiceLineItem[]> {
  if (!lines.has_more) return lines.data
  return withStripe((stripe) =>
    stripe.invoices.listLineItems(id, { limit: PAGE }).autoPagingToArray({ limit: LINES_MAX }),
  )
}

function paymentsOf({ payments }: Stripe.Invoice): InvoicePayment[] {
  return (payments?.data ?? [])
    .filter(({ status }) => status === 'paid')
    .map(({ payment, amount_paid: amount }) => ({
      intent: idOf(payment.payment_intent),
      charge: idOf(payment.charge),
      amount: amount ?? 0,
    }))
}

/** Returns true if a payment of an invoice is pending. */
export async function isProcessing(invoice: string): Promise<boolean> {
  const expand = ['data.payment.payment_intent']
  const { data } = await withStripe((stripe) => stripe.invoicePayments.list({ invoice, expand, limit: PAGE }))
  return data.some(({ payment: { payment_intent: intent } }) => {
    return typeof intent === 'object' && intent.status === 'processing'
  })
}

/** The decisions about invoices and checkouts that differ from what was sold. */
async function readVerdicts(ctx: Context, accountId: string): Promise<Verdicts> {
  const { rows } = await ctx.pool.query<{ subject: string; outcome: string }>({
    name: 'verdicts-on-payments',
    text: `
      select subject, outcome from billing_notices
      where account_id = $1 and kind = 'mismatch' and outcome is not null`,
    values: [accountId],
  })
  return new Map(
    rows.map(({ subject, outcome }) => [subject, outcome === 'accepted' ? 'accepted' : 'refused']),
  )
}

type MoneyInput = { invoices: Stripe.Invoice[]; decision: PlanDecision | null; asked: string[] }

/** The invoices whose returned money must be read: those in focus, and those that count but have granted nothing yet. */
async function moneyOf(ctx: Context, { invoices, decision, asked }: MoneyInput): Promise<Stripe.Invoice[]> {
  const periods = decision?.periods ?? []
  const { rows } = await ctx.pool.query<{ stripe_line: string }>({
    name: 'lines-applied',
    text: 'select stripe_line from grants where stripe_line = any($1)',
    values: [periods.map(({ payment }) => payment.stripeLine)],
  })
  const applied = new Set(rows.map((row) => row.stripe_line))
  const fresh = periods
    .filter(({ payment }) => !applied.has(payment.stripeLine))
    .map(({ invoice }) => invoice)
  const concerned = new Set([...asked, ...fresh])
  return invoices.filter(({ id, status }) => status === 'paid' && concerned.has(id))
}
