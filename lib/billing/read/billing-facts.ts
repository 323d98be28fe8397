import type Stripe from 'stripe'
import { dateOf, idOf } from '@/lib/billing/stripe-client'
import type { CheckoutStatus } from '@/lib/billing/types'
import { DAY_MS } from '@/lib/clock'
import type { PaidPeriod } from '@/lib/credits/book/plan-life'
import type { PaidPack } from '@/lib/credits/verbs/apply-billing'
import { millicredits } from '@/lib/millicredits'
import { type InvoiceReading, isPaid, type SessionReading } from './read-stripe'
import { byAge, creditsSold, factsOf, isRunning, type SubscriptionFacts } from './subscription-facts'

/** What was paid is not what was sold: nothing is given until a person has looked. */
export class PaymentMismatch extends Error {
  override readonly name = 'PaymentMismatch'
}

/** The credits a paid session of packs is worth: one lot per line, as sold when it began. Throws `PaymentMismatch`. */
export function packsOf({ row, session }: SessionReading): PaidPack[] {
  if (row.kind !== 'pack' || session.status !== 'complete' || !isPaid(session)) return []
  const paidAt = paidAtOf(session)
  const expiresAt =
    row.expiresAfterDays === null ? null : new Date(paidAt.getTime() + row.expiresAfterDays * DAY_MS)
  return (session.line_items?.data ?? []).map((line) => {
    const quantity = line.quantity ?? 1
    if (line.amount_subtotal !== row.amount * quantity || line.currency !== row.currency) {
      const asked = `${row.amount} × ${quantity} ${row.currency}`
      throw new PaymentMismatch(
        `${session.id} was sold for ${asked} and asks ${line.amount_subtotal} ${line.currency}`,
      )
    }
    return {
      amount: millicredits(row.credits * quantity),
      expiresAt,
      payment: {
        amount: line.amount_total,
        tax: line.amount_tax,
        currency: line.currency,
        stripePayment: idOf(session.payment_intent),
        stripeLine: line.id,
      },
    }
  })
}

/** When the money was taken, or set on its way; the expiry of what it bought must not depend on when we hear of it. */
function paidAtOf(session: Stripe.Checkout.Session): Date {
  const intent = session.payment_intent
  const charge = intent === null || typeof intent === 'string' ? null : intent.latest_charge
  return dateOf(charge === null || typeof charge === 'string' ? session.created : charge.created)
}

export function quantityOf(session: Stripe.Checkout.Session): number {
  return (session.line_items?.data ?? []).reduce((total, line) => total + (line.quantity ?? 1), 0) || 1
}

/** The periods of a plan that a paid invoice is for: its subscription lines, without the corrections between them. */
export function periodsOf({ invoice, subscription, payment }: InvoiceReading): PaidPeriod[] {
  const { plan, startedAt, endsAt } = factsOf(subscription)
  let left = invoice.amount_paid
  return invoice.lines.data.flatMap((line): PaidPeriod[] => {
    const item = line.parent?.subscription_item_details
    if (!item || item.proration || line.amount < 0) return []
    const { total, tax } = totalOf(line)
    // A balance at Stripe may have paid a part: only money can be given back.
    const amount = Math.min(total, left)
    left -= amount
    return [
      {
        period: { start: dateOf(line.period.start), end: dateOf(line.period.end) },
        payment: {
          amount,
          tax: Math.min(tax, amount),
          currency: line.currency,
          stripePayment: payment,
          stripeLine: line.id,
        },
        subscription: { plan, startedAt, endsAt },
        // The first period is what its checkout sold; a renewal is what the plan has become.
        credits: invoice.billing_reason === 'subscription_create' ? creditsSold(subscription) : undefined,
      },
    ]
  })
}

function totalOf({ amount, taxes }: Stripe.InvoiceLineItem): { total: number; tax: number } {
  const sum = (items: { amount: number }[]) => items.reduce((total, item) => total + item.amount, 0)
  const all = taxes ?? []
  const added = all.filter(({ tax_behavior }) => tax_behavior === 'exclusive')
  return { total: amount + sum(added), tax: sum(all) }
}

/** The one subscription that decides the plan: the one that runs, else the last that was paid; null when none ever was. */
export function currentSubscription(subscriptions: Stripe.Subscription[]): SubscriptionFacts | null {
  const byStart = subscriptions.toSorted(byAge)
  const running = byStart.find(isRunning)
  if (running) return factsOf(running)
  return (
    byStart
      .toReversed()
      .map(factsOf)
      .find(({ isPaid }) => isPaid) ?? null
  )
}

/** How a checkout stands, from its session and, for the plan, from its subscription. */
export function statusOf(
  { session }: SessionReading,
  subscriptions: Stripe.Subscription[] | null,
): CheckoutStatus {
  if (session.status === 'expired') return 'expired'
  if (session.status === 'open') return 'open'
  if (isPaid(session)) return 'paid'
  if (session.mode === 'subscription') {
    const owner = subscriptions?.find(({ id }) => id === idOf(session.subscription))
    // Paid after all, by another way than the one chosen on the page: the session does not say so.
    if (owner && factsOf(owner).isPaid) return 'paid'
    return owner?.status === 'active' || owner?.status === 'incomplete' ? 'processing' : 'failed'
  }
  const intent = session.payment_intent
  const isOnItsWay = intent !== null && typeof intent !== 'string' && intent.status === 'processing'
  return isOnItsWay ? 'processing' : 'failed'
}
