import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import type { Params } from '../core/params'
import { del, get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { creditUnusedTime } from '../flows/prorations'
import { cancelSubscription } from '../flows/subscription-end'
import { isOver, setStatus } from '../flows/subscription-status'
import { resumeSubscription } from '../flows/subscription-update'
import { readCustomer } from './customers'
import { createByHand } from './subscription-create'
import { applyDetails, readDetails, updateSubscription } from './subscription-update'

export function findSubscription(world: World, id: string, param = 'id'): Stripe.Subscription {
  const found = world.store.subscriptions.get(id)
  if (found === undefined) throw noSuch('subscription', id, param)
  return found
}

function cancel(world: World, params: Params, id: string): Stripe.Subscription {
  const subscription = findSubscription(world, id)
  const invoiceNow = params.boolean('invoice_now') ?? false
  const prorate = params.boolean('prorate') ?? false
  const details = readDetails(params)
  params.finish()
  // As in Stripe, an ended subscription is reported as missing.
  if (isOver(subscription)) throw noSuch('subscription', id)
  applyDetails(subscription, details)
  if (prorate) creditUnusedTime(world, subscription, invoiceNow)
  cancelSubscription(world, subscription, 'cancellation_requested')
  return subscription
}

/** Pauses the subscription, which then has no periods and no invoices until it is resumed. */
function pause(world: World, params: Params, id: string): Stripe.Subscription {
  const subscription = findSubscription(world, id)
  params.oneOf('type', ['subscription'])
  const invoicing = params.oneOf('invoicing_behavior', ['invoice', 'pending_invoice_item'])
  const unused = params.object('bill_for')?.object('unused_time_from')?.oneOf('type', ['none', 'now'])
  params.finish()
  if (subscription.status !== 'active' && subscription.status !== 'trialing') {
    throw invalid(`A subscription with status ${subscription.status} cannot be paused.`)
  }
  const isTrial = subscription.status === 'trialing'
  if (unused !== 'none' && !isTrial) creditUnusedTime(world, subscription, invoicing === 'invoice')
  setStatus(world, subscription, 'paused', 'pause_requested')
  return subscription
}

function resume(world: World, params: Params, id: string): Stripe.Subscription {
  const subscription = findSubscription(world, id)
  const anchor = params.object('billing_cycle_anchor')?.oneOf('type', ['now', 'unchanged']) ?? 'now'
  const payment = params.oneOf('payment_behavior', ['resume_on_payment_attempt', 'resume_on_payment_success'])
  params.oneOf('proration_behavior', ['none', 'create_prorations'])
  params.finish()
  if (subscription.status !== 'paused') {
    throw invalid('Only a subscription with status paused can be resumed.')
  }
  const onSuccess = payment === 'resume_on_payment_success'
  resumeSubscription(world, subscription, { anchorNow: anchor === 'now', onSuccess })
  return subscription
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.Subscription> {
  const customer = readCustomer(world, params)
  const price = params.text('price')
  const status = params.text('status')
  const created = createdFilter(params)
  const wanted = (subscription: Stripe.Subscription): boolean => {
    if (status === 'all') return true
    // Without a status, Stripe omits cancelled subscriptions.
    if (status === undefined) return !isOver(subscription)
    if (status === 'ended') return isOver(subscription)
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
  post('/v1/subscriptions', ({ world, params }) => createByHand(world, params)),
  get('/v1/subscriptions', ({ world, params }) => list(world, params)),
  get('/v1/subscriptions/:id', ({ world, params, id }) => {
    params.finish()
    return findSubscription(world, id)
  }),
  post('/v1/subscriptions/:id', ({ world, params, id }) =>
    updateSubscription(world, params, findSubscription(world, id)),
  ),
  del('/v1/subscriptions/:id', ({ world, params, id }) => cancel(world, params, id)),
  post('/v1/subscriptions/:id/pause', ({ world, params, id }) => pause(world, params, id)),
  post('/v1/subscriptions/:id/resume', ({ world, params, id }) => resume(world, params, id)),
  get('/v1/subscription_items', ({ world, params }) => {
    const subscription = findSubscription(world, params.required('subscription'), 'subscription')
    return page(params, subscription.items.data, '/v1/subscription_items')
  }),
]
