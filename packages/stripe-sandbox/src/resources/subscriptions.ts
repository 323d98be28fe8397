import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { del, get, post, type Route } from '../core/routes'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { cancelSubscription, creditUnusedTime, periodOf } from '../flows/subscription-life'

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

function findSubscription(world: World, id: string): Stripe.Subscription {
  const found = world.store.subscriptions.get(id)
  if (found === undefined) throw noSuch('subscription', id)
  return found
}

function readDetails(params: Params) {
  const details = params.object('cancellation_details')
  return { comment: details?.nullable('comment'), feedback: details?.oneOf('feedback', FEEDBACK) }
}

function applyDetails(subscription: Stripe.Subscription, details: ReturnType<typeof readDetails>): void {
  const current = subscription.cancellation_details
  subscription.cancellation_details = {
    comment: details.comment === undefined ? (current?.comment ?? null) : details.comment,
    feedback: details.feedback ?? current?.feedback ?? null,
    feedback_option: null,
    reason: current?.reason ?? null,
  }
}

/** Plans the end of a subscription, or with null takes that plan back. */
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

function update(world: World, params: Params, id: string): Stripe.Subscription {
  const subscription = findSubscription(world, id)
  const atPeriodEnd = params.boolean('cancel_at_period_end')
  const cancelAt = readCancelAt(world, params, subscription)
  const metadata = params.metadata()
  const description = params.nullable('description')
  const method = params.text('default_payment_method')
  const details = readDetails(params)
  params.finish()
  if (subscription.status === 'canceled') {
    throw invalid('A canceled subscription can only update its cancellation_details and metadata.', 'id')
  }
  if (atPeriodEnd !== undefined && cancelAt !== undefined) {
    throw invalid('Only one of `cancel_at` and `cancel_at_period_end` may be passed.', 'cancel_at')
  }
  if (method !== undefined && world.store.paymentMethods.get(method) === undefined) {
    throw noSuch('PaymentMethod', method, 'default_payment_method')
  }
  const before = copy(subscription)
  if (atPeriodEnd !== undefined) {
    setCancelAt(world, subscription, atPeriodEnd ? periodOf(subscription).end : null, atPeriodEnd)
  }
  if (cancelAt !== undefined) setCancelAt(world, subscription, cancelAt, false)
  applyDetails(subscription, details)
  if (description !== undefined) subscription.description = description
  if (method !== undefined) subscription.default_payment_method = method
  subscription.metadata = mergeMetadata(subscription.metadata, metadata)
  world.emit('customer.subscription.updated', subscription, {
    cancel_at: before.cancel_at,
    cancel_at_period_end: before.cancel_at_period_end,
    canceled_at: before.canceled_at,
    metadata: before.metadata,
  })
  return subscription
}

function cancel(world: World, params: Params, id: string): Stripe.Subscription {
  const subscription = findSubscription(world, id)
  const invoiceNow = params.boolean('invoice_now') ?? false
  const prorate = params.boolean('prorate') ?? false
  const details = readDetails(params)
  params.finish()
  // Stripe treats what is over as gone.
  if (subscription.status === 'canceled') throw noSuch('subscription', id)
  if (prorate && !invoiceNow) {
    throw invalid('The sandbox only carries `prorate` together with `invoice_now`.', 'prorate')
  }
  applyDetails(subscription, details)
  if (prorate) creditUnusedTime(world, subscription)
  cancelSubscription(world, subscription, 'cancellation_requested')
  return subscription
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.Subscription> {
  const customer = params.text('customer')
  const price = params.text('price')
  const status = params.text('status')
  const created = createdFilter(params)
  const wanted = (subscription: Stripe.Subscription): boolean => {
    if (status === 'all') return true
    // Without a status Stripe leaves out what is cancelled.
    if (status === undefined) return subscription.status !== 'canceled'
    if (status === 'ended') return subscription.ended_at !== null
    return subscription.status === status
  }
  const rows = world.store.subscriptions.newestFirst(
    (subscription) =>
      (customer === undefined || idOf(subscription.customer) === customer) &&
      (price === undefined || subscription.items.data.some((item) => item.price.id === price)) &&
      wanted(subscription) &&
      created(subscription),
  )
  return page(params, rows, '/v1/subscriptions')
}

export const subscriptionRoutes: Route[] = [
  get('/v1/subscriptions', ({ world, params }) => list(world, params)),
  get('/v1/subscriptions/:id', ({ world, params, id }) => {
    params.finish()
    return findSubscription(world, id)
  }),
  post('/v1/subscriptions/:id', ({ world, params, id }) => update(world, params, id)),
  del('/v1/subscriptions/:id', ({ world, params, id }) => cancel(world, params, id)),
  get('/v1/subscription_items', ({ world, params }) => {
    const subscription = findSubscription(world, params.required('subscription'))
    return page(params, subscription.items.data, '/v1/subscription_items')
  }),
]
