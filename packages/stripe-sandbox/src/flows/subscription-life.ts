import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import { DAY } from '../core/periods'
import type { World } from '../core/world'
import { methodFor } from './collect'
import { isProcessing, voidInvoice } from './invoice-pay'
import { renew, WAITS_SECONDS } from './periods'
import { cancelSubscription } from './subscription-end'
import { isOver, noteOf, periodOf, setStatus } from './subscription-status'

/** How long before the end of a trial `trial_will_end` is sent. For a shorter trial it is sent immediately. */
const TRIAL_NOTICE_SECONDS = 3 * DAY

type Task = { at: number; play: () => void }

/** The things that happen to a subscription without a call, and when. */
export function subscriptionTasks(world: World, subscription: Stripe.Subscription): Task[] {
  if (isOver(subscription)) return []
  const { status, trial_end: trialEnd, cancel_at: cancelAt, pause_collection: paused } = subscription
  const tasks: Task[] = []
  const add = (at: number | null | undefined, play: () => void) => {
    if (at !== null && at !== undefined) tasks.push({ at, play })
  }
  add(cancelAt, () => cancelSubscription(world, subscription, 'cancellation_requested'))
  add(endOfSchedule(world, subscription), () => cancelSubscription(world, subscription, null))
  add(paused?.resumes_at, () => resumeCollection(world, subscription))
  add(waitOver(world, subscription), () => giveUpWaiting(world, subscription))
  if (status === 'trialing') {
    const noticeAt = Math.max(subscription.created, (trialEnd ?? 0) - TRIAL_NOTICE_SECONDS)
    const isNoticed = world.store.subscriptionNotes.get(subscription.id)?.hasTrialNotice ?? false
    if (!isNoticed) add(noticeAt, () => noticeTrial(world, subscription))
    add(trialEnd, () => endTrial(world, subscription))
  }
  if (status === 'active' || status === 'past_due' || status === 'unpaid') {
    add(periodOf(subscription).end, () => renew(world, subscription))
  }
  return tasks
}

/** The time at which the schedule ends the subscription; null if it does not. */
function endOfSchedule(world: World, subscription: Stripe.Subscription): number | null {
  const schedule = world.store.schedules.get(idOf(subscription.schedule) ?? '')
  if (schedule?.status !== 'active' || schedule.end_behavior !== 'cancel') return null
  return schedule.phases.at(-1)?.end_date ?? null
}

function resumeCollection(world: World, subscription: Stripe.Subscription): void {
  const before = subscription.pause_collection
  subscription.pause_collection = null
  world.emit('customer.subscription.updated', subscription, { pause_collection: before })
}

function noticeTrial(world: World, subscription: Stripe.Subscription): void {
  noteOf(world, subscription).hasTrialNotice = true
  world.emit('customer.subscription.trial_will_end', subscription)
}

/** Ends a trial: the first paid period begins, unless no method can be charged and the settings say otherwise. */
export function endTrial(world: World, subscription: Stripe.Subscription): void {
  const missing = subscription.trial_settings?.end_behavior.missing_payment_method
  const hasMethod = methodFor(world, subscription, idOf(subscription.customer)) !== undefined
  const isSent = subscription.collection_method === 'send_invoice'
  const consequence = hasMethod || isSent ? 'create_invoice' : missing
  if (consequence === 'cancel') cancelSubscription(world, subscription, null)
  else if (consequence === 'pause') {
    setStatus(world, subscription, 'paused', 'trial_end_without_payment_method')
  } else renew(world, subscription)
}

function latestInvoice(world: World, subscription: Stripe.Subscription): Stripe.Invoice | undefined {
  return world.store.invoices.get(idOf(subscription.latest_invoice) ?? '')
}

/** The time at which an unpaid first payment, resumption or update is abandoned. A pending payment postpones it. */
function waitOver(world: World, subscription: Stripe.Subscription): number | null {
  if (subscription.status !== 'incomplete') {
    const note = world.store.subscriptionNotes.get(subscription.id)
    const invoice = world.store.invoices.get(note?.waitsFor ?? '')
    return invoice !== undefined && isProcessing(world, invoice) ? null : (note?.waitsUntil ?? null)
  }
  const first = latestInvoice(world, subscription)
  if (first !== undefined && isProcessing(world, first)) return null
  return subscription.created + WAITS_SECONDS
}

function giveUpWaiting(world: World, subscription: Stripe.Subscription): void {
  const note = noteOf(world, subscription)
  const invoice = world.store.invoices.get(note.waitsFor ?? '') ?? latestInvoice(world, subscription)
  note.waitsFor = null
  note.waitsUntil = null
  if (subscription.pending_update !== null) {
    const before = subscription.pending_update
    subscription.pending_update = null
    world.emit('customer.subscription.pending_update_expired', subscription, { pending_update: before })
  }
  if (invoice?.status === 'open') voidInvoice(world, invoice)
  if (subscription.status === 'incomplete') {
    subscription.ended_at = world.now()
    setStatus(world, subscription, 'incomplete_expired')
  }
}
