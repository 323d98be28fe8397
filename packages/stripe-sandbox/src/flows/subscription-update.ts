import type Stripe from 'stripe'
import { StripeFault } from '../core/errors'
import { idOf } from '../core/ids'
import { nextPeriodEnd } from '../core/periods'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { declineOf, isBankAccount } from '../resources/payment-methods'
import { collectInvoice, methodFor } from './collect'
import { finalizeInvoice } from './invoice-pay'
import type { PaymentResult } from './payments'
import { draftForPeriod, linesForPeriod, WAITS_SECONDS } from './periods'
import { invoicePending, prorate } from './prorations'
import { recurringOf } from './subscription-build'
import { noteOf, periodOf, setStatus } from './subscription-status'

export type ItemChange = {
  items: Stripe.SubscriptionItem[]
  /** True if a new period begins now: on request, with a new interval, or at the end of a trial. */
  restarts: boolean
  proration: 'always_invoice' | 'create_prorations' | 'none'
  payment: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete' | 'pending_if_incomplete'
}

/** Stripe's answer to a call whose payment fails. */
export function declinedFault(decline: { code: string; declineCode?: string; message: string }): StripeFault {
  return new StripeFault(402, {
    type: 'card_error',
    code: decline.code,
    message: decline.message,
    ...(decline.declineCode === undefined ? {} : { decline_code: decline.declineCode }),
  })
}

const NO_METHOD = {
  code: 'card_declined',
  message: 'This customer has no attached payment source or default payment method.',
}

/** Throws if the payment method cannot be charged now, for `error_if_incomplete`. */
export function checkMethod(method: Stripe.PaymentMethod | undefined): void {
  const decline = method === undefined ? NO_METHOD : declineOf(method, true)
  if (decline !== null && !(method !== undefined && isBankAccount(method))) throw declinedFault(decline)
}

/**
 * Changes the items of a subscription and bills the change. An update withheld by `pending_if_incomplete` takes effect only
 * when its invoice is paid.
 */
export function changeItems(world: World, subscription: Stripe.Subscription, change: ItemChange): void {
  if (change.payment === 'error_if_incomplete') {
    checkMethod(methodFor(world, subscription, idOf(subscription.customer)))
  }
  const before = copy(subscription)
  const prorates = change.proration !== 'none' && before.status !== 'trialing'
  const gone = before.items.data.filter((item) => change.restarts || isChanged(item, change.items))
  const added = change.restarts ? [] : change.items.filter((item) => isChanged(item, before.items.data))
  if (prorates) for (const item of gone) prorate(world, subscription, item, -1)
  subscription.items.data = change.items
  if (change.restarts) restart(world, subscription)
  if (prorates) for (const item of added) prorate(world, subscription, item, 1)
  const result = bill(world, subscription, change)
  if (change.payment === 'pending_if_incomplete' && result !== 'paid') hold(world, subscription, before)
}

function isChanged(item: Stripe.SubscriptionItem, others: Stripe.SubscriptionItem[]): boolean {
  const other = others.find(({ id }) => id === item.id)
  return other?.price.id !== item.price.id || other?.quantity !== item.quantity
}

/** Starts a period now, which moves the day on which the subscription renews. */
function restart(world: World, subscription: Stripe.Subscription): void {
  const now = world.now()
  subscription.billing_cycle_anchor = now
  if (subscription.status === 'trialing') {
    subscription.status = 'active'
    subscription.trial_end = now
  }
  for (const item of subscription.items.data) {
    item.current_period_start = now
    item.current_period_end = nextPeriodEnd(now, recurringOf(item.price), now)
  }
}

function bill(world: World, subscription: Stripe.Subscription, change: ItemChange): PaymentResult {
  if (!change.restarts) {
    return change.proration === 'always_invoice' ? invoicePending(world, subscription) : 'paid'
  }
  const period = periodOf(subscription)
  const invoice = draftForPeriod(world, subscription, {
    lines: linesForPeriod(world, subscription, period),
    reason: 'subscription_update',
    period: { start: period.start, end: period.start },
    finalizesAt: null,
  })
  if (invoice === null) return 'paid'
  if (change.payment === 'pending_if_incomplete') noteOf(world, subscription).waitsFor = invoice.id
  finalizeInvoice(world, invoice)
  if (change.payment === 'default_incomplete') return 'declined'
  return collectInvoice(world, invoice, { retry: false })
}

/** Restores the subscription's previous state and stores the update on it. */
function hold(world: World, subscription: Stripe.Subscription, before: Stripe.Subscription): void {
  const wanted = subscription.items.data
  const { billing_cycle_anchor, trial_end, latest_invoice } = subscription
  subscription.items.data = before.items.data
  subscription.billing_cycle_anchor = before.billing_cycle_anchor
  subscription.trial_end = before.trial_end
  subscription.status = before.status
  subscription.pending_update = {
    billing_cycle_anchor,
    cancel_at_period_end: null,
    discount: null,
    discounts: null,
    expires_at: world.now() + WAITS_SECONDS,
    metadata: null,
    subscription_items: wanted,
    trial_end,
    trial_from_plan: null,
  }
  const note = noteOf(world, subscription)
  note.waitsFor = idOf(latest_invoice)
  note.waitsUntil = subscription.pending_update.expires_at
}

/**
 * Resumes a paused subscription: a new period begins and is charged. With `onSuccess`, the subscription stays paused
 * until that payment succeeds; otherwise the attempt is enough.
 */
export function resumeSubscription(
  world: World,
  subscription: Stripe.Subscription,
  { anchorNow, onSuccess }: { anchorNow: boolean; onSuccess: boolean },
): void {
  if (!anchorNow && periodOf(subscription).end > world.now()) {
    setStatus(world, subscription, 'active')
    return
  }
  restart(world, subscription)
  const period = periodOf(subscription)
  const invoice = draftForPeriod(world, subscription, {
    lines: linesForPeriod(world, subscription, period),
    reason: 'subscription_update',
    period: { start: period.start, end: period.start },
    finalizesAt: null,
  })
  if (invoice === null) return
  if (onSuccess) {
    const note = noteOf(world, subscription)
    note.waitsFor = invoice.id
    note.waitsUntil = world.now() + WAITS_SECONDS
  } else setStatus(world, subscription, 'active')
  finalizeInvoice(world, invoice)
  if (invoice.status === 'open') collectInvoice(world, invoice, { retry: !onSuccess })
}
