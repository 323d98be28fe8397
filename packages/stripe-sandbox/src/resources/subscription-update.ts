import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf } from '../core/ids'
import { mergeMetadata, type Params } from '../core/params'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { redeem } from '../flows/discounts'
import { finalizeInvoice } from '../flows/invoice-pay'
import { draftForPeriod, linesForPeriod } from '../flows/periods'
import { buildItem } from '../flows/subscription-build'
import { setCancelAt } from '../flows/subscription-end'
import { isOver, periodOf } from '../flows/subscription-status'
import { changeItems } from '../flows/subscription-update'
import { acceptSettings, checkTogether } from './subscription-create'
import {
  readDaysUntilDue,
  readGrants,
  readItems,
  readMethod,
  readMissingMethod,
  readTrialEnd,
  type WantedItem,
} from './subscription-params'

const FEEDBACK = [
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
] as const
const PRORATIONS = ['always_invoice', 'create_prorations', 'none'] as const
const PAYMENTS = [
  'allow_incomplete',
  'default_incomplete',
  'error_if_incomplete',
  'pending_if_incomplete',
] as const
/** The parameters allowed in an update that waits for its payment. */
const MAY_WAIT = new Set([
  'items',
  'billing_cycle_anchor',
  'expand',
  'off_session',
  'payment_behavior',
  'proration_behavior',
  'trial_end',
])

/** The parameters allowed in an update of an ended subscription. */
const MAY_CHANGE_AFTER = new Set(['cancellation_details', 'expand', 'metadata'])

export function readDetails(params: Params) {
  const details = params.object('cancellation_details')
  return { comment: details?.nullable('comment'), feedback: details?.oneOf('feedback', FEEDBACK) }
}

export function applyDetails(
  subscription: Stripe.Subscription,
  details: ReturnType<typeof readDetails>,
): void {
  const current = subscription.cancellation_details
  subscription.cancellation_details = {
    comment: details.comment === undefined ? (current?.comment ?? null) : details.comment,
    feedback: details.feedback ?? current?.feedback ?? null,
    feedback_option: null,
    reason: current?.reason ?? null,
  }
}

function readCancelAt(
  world: World,
  params: Params,
  subscription: Stripe.Subscription,
): number | null | undefined {
  const text = params.nullable('cancel_at')
  if (text === undefined || text === null) return text
  if (text === 'min_period_end' || text === 'max_period_end') return periodOf(subscription).end
  const at = params.integer('cancel_at') ?? 0
  if (at <= world.now()) throw invalid('`cancel_at` must be in the future.', 'cancel_at')
  return at
}

/** Undefined if not given; null if collection resumes. */
function readPause(params: Params): Stripe.Subscription.PauseCollection | null | undefined {
  if (!params.has('pause_collection')) return undefined
  const pause = params.object('pause_collection')
  if (pause === undefined) return null
  const behavior = pause.oneOf('behavior', ['keep_as_draft', 'mark_uncollectible', 'void'])
  if (behavior === undefined) {
    throw invalid('Missing required param: behavior.', pause.name('behavior'), 'parameter_missing')
  }
  return { behavior, resumes_at: pause.integer('resumes_at') ?? null }
}

function readAll(world: World, params: Params, subscription: Stripe.Subscription) {
  const payment = params.oneOf('payment_behavior', PAYMENTS) ?? 'allow_incomplete'
  const read = {
    atPeriodEnd: params.boolean('cancel_at_period_end'),
    cancelAt: readCancelAt(world, params, subscription),
    metadata: params.metadata(),
    description: params.nullable('description'),
    method: readMethod(world, params),
    details: readDetails(params),
    pause: readPause(params),
    trialEnd: readTrialEnd(world, params),
    missingMethod: readMissingMethod(params),
    daysUntilDue: readDaysUntilDue(params),
    grants: readGrants(world, params, idOf(subscription.customer)),
    automaticTax: params.object('automatic_tax')?.boolean('enabled'),
    items: params.has('items') ? readItems(world, params, subscription.currency) : undefined,
    anchor: params.object('billing_cycle_anchor')?.oneOf('type', ['now', 'unchanged']),
    proration: params.oneOf('proration_behavior', PRORATIONS) ?? 'create_prorations',
    payment,
  }
  acceptSettings(params)
  params.finish()
  const other = params.keys().find((key) => !MAY_WAIT.has(key))
  if (payment === 'pending_if_incomplete' && other !== undefined) {
    throw invalid(`\`${other}\` cannot be updated together with pending_if_incomplete.`, other)
  }
  return read
}

export function updateSubscription(
  world: World,
  params: Params,
  subscription: Stripe.Subscription,
): Stripe.Subscription {
  const read = readAll(world, params, subscription)
  if (isOver(subscription) && params.keys().some((key) => !MAY_CHANGE_AFTER.has(key))) {
    throw invalid('A canceled subscription can only update its cancellation_details and metadata.', 'id')
  }
  if (read.atPeriodEnd !== undefined && read.cancelAt !== undefined) {
    throw invalid('Only one of `cancel_at` and `cancel_at_period_end` may be passed.', 'cancel_at')
  }
  if (read.atPeriodEnd !== undefined || read.cancelAt !== undefined) checkUnmanaged(world, subscription)
  const items = read.items === undefined ? undefined : wantedItems(world, subscription, read.items)
  const before = copy(subscription)
  if (read.atPeriodEnd !== undefined) {
    const at = read.atPeriodEnd ? periodOf(subscription).end : null
    setCancelAt(world, subscription, at, read.atPeriodEnd)
  }
  if (read.cancelAt !== undefined) setCancelAt(world, subscription, read.cancelAt, false)
  applyDetails(subscription, read.details)
  if (read.description !== undefined) subscription.description = read.description
  if (read.method !== undefined) subscription.default_payment_method = read.method.id
  if (read.pause !== undefined) subscription.pause_collection = read.pause
  if (read.missingMethod !== undefined && subscription.trial_settings !== null) {
    subscription.trial_settings.end_behavior.missing_payment_method = read.missingMethod
  }
  if (read.daysUntilDue !== undefined) {
    subscription.days_until_due = read.daysUntilDue
    subscription.collection_method = read.daysUntilDue === null ? 'charge_automatically' : 'send_invoice'
  }
  if (read.automaticTax !== undefined) subscription.automatic_tax.enabled = read.automaticTax
  if (read.grants !== undefined) {
    const redeemed = { customer: idOf(subscription.customer), subscription: subscription.id }
    subscription.discounts = read.grants.map((grant) => redeem(world, grant, redeemed).id)
  }
  subscription.metadata = mergeMetadata(subscription.metadata, read.metadata)
  if (typeof read.trialEnd === 'number') startTrial(world, subscription, read.trialEnd)
  const restarts =
    read.anchor === 'now' ||
    read.trialEnd === null ||
    (items !== undefined && hasOtherInterval(before, items))
  if (items !== undefined || restarts) {
    const { proration, payment } = read
    changeItems(world, subscription, {
      items: items ?? copy(subscription.items.data),
      restarts,
      proration,
      payment,
    })
  }
  world.emit('customer.subscription.updated', subscription, changed(before, subscription))
  return subscription
}

function checkUnmanaged(world: World, { schedule }: Stripe.Subscription): void {
  const managed = world.store.schedules.get(idOf(schedule) ?? '')
  if (managed?.status === 'active')
    throw invalid(
      `The subscription is managed by the subscription schedule \`${managed.id}\`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.`,
    )
}

/** The previous values of changed fields, as in Stripe's events. */
function changed(before: Stripe.Subscription, after: Stripe.Subscription): Partial<Stripe.Subscription> {
  const now = new Map<string, unknown>(Object.entries(after))
  return Object.fromEntries(
    Object.entries(before).filter(([key, value]) => JSON.stringify(now.get(key)) !== JSON.stringify(value)),
  )
}

function hasOtherInterval(before: Stripe.Subscription, items: Stripe.SubscriptionItem[]): boolean {
  const [was, is] = [before.items.data[0], items[0]].map((item) => item?.price.recurring)
  return was?.interval !== is?.interval || was?.interval_count !== is?.interval_count
}

/** Moves the end of the period to the end of a trial. Each change of a trial has an invoice of zero, as in Stripe. */
function startTrial(world: World, subscription: Stripe.Subscription, end: number): void {
  subscription.status = 'trialing'
  subscription.trial_start ??= world.now()
  subscription.trial_end = end
  subscription.billing_cycle_anchor = end
  for (const item of subscription.items.data) item.current_period_end = end
  const period = periodOf(subscription)
  const invoice = draftForPeriod(world, subscription, {
    lines: linesForPeriod(world, subscription, period),
    reason: 'subscription_update',
    period: { start: period.start, end: period.start },
    finalizesAt: null,
  })
  if (invoice !== null) finalizeInvoice(world, invoice)
}

/** The subscription's items after the call. Computes them without changing anything. */
function wantedItems(
  world: World,
  subscription: Stripe.Subscription,
  wanted: WantedItem[],
): Stripe.SubscriptionItem[] {
  const items = copy(subscription.items.data)
  wanted.forEach(({ id, price, quantity, deleted, metadata }, index) => {
    const at = items.findIndex((item) => item.id === id)
    if (id !== undefined && at < 0) throw noSuch('subscription_item', id, `items[${index}][id]`)
    if (deleted) {
      items.splice(at, 1)
      return
    }
    const item = items[at]
    const found = price() ?? item?.price
    if (found === undefined) throw invalid('Missing price.', `items[${index}][price]`)
    const fields = { price: found, quantity: quantity ?? item?.quantity ?? 1, period: periodOf(subscription) }
    const made = buildItem(world, subscription.id, fields)
    const kept = item === undefined ? made : { ...made, id: item.id, created: item.created }
    items.splice(at < 0 ? items.length : at, at < 0 ? 0 : 1, {
      ...kept,
      metadata: metadata ?? item?.metadata ?? {},
    })
  })
  if (items.length === 0) throw invalid('A subscription must have at least one active item.', 'items')
  checkTogether(items, subscription.currency)
  return items
}
