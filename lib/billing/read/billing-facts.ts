import type Stripe from 'stripe'
import { dateOf, idOf } from '@/lib/billing/stripe-client'
import type { Checkout, CheckoutStatus } from '@/lib/billing/types'
import { DAY_MS } from '@/lib/clock'
import type { PaidPack } from '@/lib/credits/verbs/apply-billing'
import { millicredits } from '@/lib/millicredits'
import type { PlanDecision } from './decide'
import type { Mismatch } from './plan-lines'
import type { PlanSubscription } from './plan-subscription'
import { isPaid, type SessionReading } from './read-stripe'
import { factsOf } from './subscription-facts'
import { isRefusedTrial, trialSold } from './trials'

/**
 * The credits to grant for a paid session of packs: one entry per line, as sold when the session began. Empty if the payment
 * differs from what was sold.
 */
export function packsOf(reading: SessionReading): PaidPack[] {
  const { row, session } = reading
  if (row.kind !== 'pack' || session.status !== 'complete' || !isPaid(session)) return []
  if (mismatchOf(reading) !== null) return []
  const paidAt = paidAtOf(session)
  const expiresAt =
    row.expiresAfterDays === null ? null : new Date(paidAt.getTime() + row.expiresAfterDays * DAY_MS)
  return (session.line_items?.data ?? []).map((line) => ({
    amount: millicredits(row.credits * (line.quantity ?? 1)),
    expiresAt,
    payment: {
      amount: line.amount_total,
      tax: line.amount_tax,
      currency: line.currency,
      stripePayment: idOf(session.payment_intent),
      stripeLine: line.id,
    },
  }))
}

/** The difference between a paid pack checkout and what was sold; null if there is none or staff accepted the payment. */
export function mismatchOf({ row, session, verdict }: SessionReading): Mismatch | null {
  if (row.kind !== 'pack' || verdict === 'accepted' || !isPaid(session)) return null
  const lines = session.line_items?.data ?? []
  const wrong = lines.find(
    (line) => line.currency !== row.currency || line.amount_subtotal !== row.amount * (line.quantity ?? 1),
  )
  if (!wrong) return null
  return {
    reason: wrong.currency === row.currency ? 'amount' : 'currency',
    paid: { amount: session.amount_total ?? wrong.amount_total, currency: wrong.currency },
    expected: { amount: row.amount * (wrong.quantity ?? 1), currency: row.currency },
  }
}

/** When the payment was made or initiated, so that the expiry of its credits does not depend on when it is reported. */
function paidAtOf(session: Stripe.Checkout.Session): Date {
  const intent = session.payment_intent
  const charge = intent === null || typeof intent === 'string' ? null : intent.latest_charge
  return dateOf(charge === null || typeof charge === 'string' ? session.created : charge.created)
}

export function quantityOf(session: Stripe.Checkout.Session): number {
  return (session.line_items?.data ?? []).reduce((total, line) => total + (line.quantity ?? 1), 0) || 1
}

type Plan = Pick<PlanDecision, 'checked' | 'trial'> & { subscriptions: PlanSubscription[] }

/** The status of a checkout, derived from its session and, for a plan, from its subscription. */
export function statusOf(reading: SessionReading, plan: Plan | null, now: Date): CheckoutStatus {
  const { session } = reading
  if (session.status === 'expired') return 'expired'
  if (session.status === 'open') return 'open'
  if (session.mode === 'subscription') return planStatusOf(session, plan, now)
  if (isPaid(session)) {
    if (mismatchOf(reading) === null) return 'paid'
    return reading.verdict === 'refused' ? 'failed' : 'checking'
  }
  const intent = session.payment_intent
  const isOnItsWay = intent !== null && typeof intent !== 'string' && intent.status === 'processing'
  return isOnItsWay ? 'processing' : 'failed'
}

function planStatusOf(session: Stripe.Checkout.Session, plan: Plan | null, now: Date): CheckoutStatus {
  const invoice = idOf(session.invoice)
  if (plan?.checked.some((one) => one.invoice.invoice.id === invoice)) return 'checking'
  const owner = plan?.subscriptions.find(({ subscription }) => subscription.id === idOf(session.subscription))
  if (owner?.invoices.some((one) => one.isRefused && one.invoice.id === invoice)) return 'failed'
  if (owner && plan && isRefusedTrial(owner, plan.trial)) return 'failed'
  if (isPaid(session)) return 'paid'
  if (!owner) return 'failed'
  // The buyer has since paid by a method other than the one chosen on the page. The session does not report that.
  if (factsOf(owner, { lostAt: Number.POSITIVE_INFINITY, now }).hasStarted) return 'paid'
  const { status } = owner.subscription
  return status === 'active' || status === 'incomplete' ? 'processing' : 'failed'
}

/** The trial that a checkout began, `refused` if its card had already had one, or null if there was none. */
export function trialOf({ session, row }: SessionReading, plan: Plan | null): Checkout['trial'] {
  const owner = plan?.subscriptions.find(({ subscription }) => subscription.id === idOf(session.subscription))
  const credits = owner ? trialSold(owner.subscription) : null
  if (!owner || credits === null) return null
  if (isRefusedTrial(owner, plan?.trial ?? null)) return 'refused'
  const { trial_end: end, status } = owner.subscription
  const { amount, currency } = row
  return end === null || status !== 'trialing'
    ? null
    : { credits, endsAt: dateOf(end), price: { amount, currency } }
}
