import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import type { SubscriptionNote } from '../core/store'
import type { World } from '../core/world'

/** Returns true for statuses that never change again. */
export function isOver({ status }: Stripe.Subscription): boolean {
  return status === 'canceled' || status === 'incomplete_expired'
}

export function periodOf(subscription: Stripe.Subscription): { start: number; end: number } {
  const item = subscription.items.data[0]
  if (item === undefined) throw new Error(`${subscription.id} has no items`)
  return { start: item.current_period_start, end: item.current_period_end }
}

export function subscriptionOf(world: World, invoice: Stripe.Invoice): Stripe.Subscription | undefined {
  const id = idOf(invoice.parent?.subscription_details?.subscription)
  return id === null ? undefined : world.store.subscriptions.get(id)
}

export function isLatest(subscription: Stripe.Subscription, invoice: Stripe.Invoice): boolean {
  return idOf(subscription.latest_invoice) === invoice.id
}

/** Changes the status and emits the update. Pausing and resuming emit additional events. */
export function setStatus(
  world: World,
  subscription: Stripe.Subscription,
  status: Stripe.Subscription.Status,
  pausedBecause?: Stripe.Subscription.StatusDetails.Paused.Subscription.Type,
): void {
  const before = subscription.status
  if (before === status) return
  subscription.status = status
  if (pausedBecause === undefined) delete subscription.status_details
  else {
    const paused = {
      subscription: { type: pausedBecause },
      transitioned_at: world.now(),
      type: 'subscription',
    }
    subscription.status_details = { paused }
  }
  world.emit('customer.subscription.updated', subscription, { status: before })
  if (status === 'paused') world.emit('customer.subscription.paused', subscription)
  if (before === 'paused' && status === 'active') world.emit('customer.subscription.resumed', subscription)
}

export function noteOf(world: World, subscription: Stripe.Subscription): SubscriptionNote {
  const { id } = subscription
  return (
    world.store.subscriptionNotes.get(id) ??
    world.store.subscriptionNotes.put({ id, hasTrialNotice: false, waitsFor: null, waitsUntil: null })
  )
}

/** Reactivates a subscription whose latest invoice was paid, and applies an update that waited for it. */
export function followPaid(world: World, invoice: Stripe.Invoice): void {
  const subscription = subscriptionOf(world, invoice)
  if (subscription === undefined || isOver(subscription)) return
  const note = noteOf(world, subscription)
  if (note.waitsFor === invoice.id) {
    note.waitsFor = null
    note.waitsUntil = null
    if (subscription.pending_update !== null) applyPendingUpdate(world, subscription)
  }
  if (isLatest(subscription, invoice) && subscription.status !== 'trialing') {
    setStatus(world, subscription, 'active')
  }
}

/**
 * Reactivates a past due subscription whose latest invoice is voided or written off, as Stripe does; a subscription
 * whose first invoice was never paid ends.
 */
export function followClosed(world: World, invoice: Stripe.Invoice): void {
  const subscription = subscriptionOf(world, invoice)
  if (subscription === undefined) return
  if (invoice.status === 'void') dropPendingUpdate(world, subscription, invoice)
  if (!isLatest(subscription, invoice)) return
  if (subscription.status === 'past_due') setStatus(world, subscription, 'active')
  if (subscription.status === 'incomplete' && invoice.status === 'void') {
    subscription.ended_at = world.now()
    setStatus(world, subscription, 'incomplete_expired')
  }
}

/** An update whose invoice is voided is not made. */
function dropPendingUpdate(world: World, subscription: Stripe.Subscription, invoice: Stripe.Invoice): void {
  const note = noteOf(world, subscription)
  const { pending_update } = subscription
  if (pending_update === null || note.waitsFor !== invoice.id) return
  note.waitsFor = null
  note.waitsUntil = null
  subscription.pending_update = null
  world.emit('customer.subscription.updated', subscription, { pending_update })
}

/** Applies the update that `pending_if_incomplete` withheld until its invoice was paid. */
function applyPendingUpdate(world: World, subscription: Stripe.Subscription): void {
  const update = subscription.pending_update
  if (update === null) return
  const { items, billing_cycle_anchor } = subscription
  const before = { items: { ...items, data: [...items.data] }, billing_cycle_anchor, pending_update: update }
  subscription.pending_update = null
  if (update.subscription_items !== null) subscription.items.data = update.subscription_items
  if (update.billing_cycle_anchor !== null) subscription.billing_cycle_anchor = update.billing_cycle_anchor
  if (update.trial_end !== null) subscription.trial_end = update.trial_end
  world.emit('customer.subscription.updated', subscription, before)
  world.emit('customer.subscription.pending_update_applied', subscription)
}
