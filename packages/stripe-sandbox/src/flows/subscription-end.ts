import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import type { World } from '../core/world'
import { isOver } from './subscription-status'

/** Ends the subscription now. Its open invoices stay open but are no longer collected automatically. */
export function cancelSubscription(
  world: World,
  subscription: Stripe.Subscription,
  reason: Stripe.Subscription.CancellationDetails.Reason | null,
): void {
  if (isOver(subscription)) return
  const now = world.now()
  subscription.status = 'canceled'
  delete subscription.status_details
  subscription.ended_at = now
  subscription.canceled_at ??= now
  subscription.pending_update = null
  subscription.cancellation_details = {
    comment: subscription.cancellation_details?.comment ?? null,
    feedback: subscription.cancellation_details?.feedback ?? null,
    feedback_option: null,
    reason,
  }
  for (const invoice of world.store.invoices.all()) {
    if (idOf(invoice.parent?.subscription_details?.subscription) !== subscription.id) continue
    if (invoice.status !== 'draft' && invoice.status !== 'open') continue
    invoice.auto_advance = false
    invoice.next_payment_attempt = null
    invoice.automatically_finalizes_at = null
    world.emit('invoice.updated', invoice, { auto_advance: true })
  }
  completeSchedule(world, subscription)
  world.emit('customer.subscription.deleted', subscription)
}

/** Ends the schedule of an ended subscription. */
function completeSchedule(world: World, subscription: Stripe.Subscription): void {
  const schedule = world.store.schedules.get(idOf(subscription.schedule) ?? '')
  if (schedule?.status !== 'active') return
  const isDone = (schedule.phases.at(-1)?.end_date ?? 0) <= world.now()
  schedule.status = isDone ? 'completed' : 'canceled'
  schedule.current_phase = null
  if (isDone) schedule.completed_at = world.now()
  else schedule.canceled_at = world.now()
  world.emit(isDone ? 'subscription_schedule.completed' : 'subscription_schedule.canceled', schedule)
}

/** Schedules the end of a subscription; null cancels the scheduled end. */
export function setCancelAt(
  world: World,
  subscription: Stripe.Subscription,
  at: number | null,
  atPeriodEnd: boolean,
): void {
  subscription.cancel_at = at
  subscription.cancel_at_period_end = atPeriodEnd
  subscription.canceled_at = at === null ? null : world.now()
  subscription.cancellation_details = {
    comment: subscription.cancellation_details?.comment ?? null,
    feedback: at === null ? null : (subscription.cancellation_details?.feedback ?? null),
    feedback_option: null,
    reason: at === null ? null : 'cancellation_requested',
  }
}
