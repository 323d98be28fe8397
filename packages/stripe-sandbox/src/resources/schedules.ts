import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { cancelSubscription } from '../flows/subscription-end'
import { isOver, periodOf } from '../flows/subscription-status'
import { readCustomer } from './customers'
import { findSubscription } from './subscriptions'

const PHASES_MAX = 10

function find(world: World, id: string): Stripe.SubscriptionSchedule {
  const found = world.store.schedules.get(id)
  if (found === undefined) throw noSuch('subscription schedule', id)
  return found
}

/** Describes a phase with the subscription's current terms. */
function phaseOf(
  subscription: Stripe.Subscription,
  { start, end }: { start: number; end: number },
): Stripe.SubscriptionSchedule.Phase {
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency: subscription.currency,
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    end_date: end,
    invoice_settings: null,
    items: subscription.items.data.map(({ price, quantity }) => ({
      billing_thresholds: null,
      discounts: [],
      metadata: {},
      plan: price.id,
      price: price.id,
      quantity: quantity ?? 1,
      tax_rates: [],
    })),
    metadata: {},
    on_behalf_of: null,
    proration_behavior: 'create_prorations',
    start_date: start,
    transfer_data: null,
    trial_end: null,
  }
}

/** Creates a schedule for a running subscription, which it releases after the phase by default. */
function create(world: World, params: Params): Stripe.SubscriptionSchedule {
  const subscription = findSubscription(world, params.required('from_subscription'), 'from_subscription')
  const metadata = mergeMetadata({}, params.metadata())
  params.finish()
  if (isOver(subscription)) throw invalid('The subscription has ended.', 'from_subscription')
  if (subscription.schedule !== null) {
    throw invalid(`The subscription is managed by ${idOf(subscription.schedule)}.`, 'from_subscription')
  }
  const period = periodOf(subscription)
  const schedule: Stripe.SubscriptionSchedule = {
    id: stripeId('sub_sched'),
    object: 'subscription_schedule',
    application: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    canceled_at: null,
    completed_at: null,
    created: world.now(),
    current_phase: { end_date: period.end, start_date: period.start },
    customer: idOf(subscription.customer),
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      billing_cycle_anchor: 'automatic',
      billing_thresholds: null,
      collection_method: 'charge_automatically',
      default_payment_method: null,
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: 'self' },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: 'release',
    livemode: false,
    metadata,
    pause_schedules: [],
    phases: [phaseOf(subscription, period)],
    released_at: null,
    released_subscription: null,
    status: 'active',
    subscription: subscription.id,
    test_clock: null,
  }
  subscription.schedule = schedule.id
  world.store.schedules.put(schedule)
  world.emit('subscription_schedule.created', schedule)
  return schedule
}

/**
 * Reads the phases of a schedule. The sandbox only supports schedules that end a subscription, so phases can only say how long
 * it continues unchanged.
 */
function readPhases(world: World, params: Params, subscription: Stripe.Subscription) {
  if (!params.has('phases')) return undefined
  const phases = params.objects('phases')
  if (phases.length === 0 || phases.length > PHASES_MAX) throw invalid('Invalid phases.', 'phases')
  let start = periodOf(subscription).start
  return phases.map((phase) => {
    start = phase.integer('start_date') ?? start
    const end = phase.integer('end_date')
    if (end === undefined || end <= world.now())
      throw invalid('`end_date` must be in the future.', phase.name('end_date'))
    phase.objects('items').forEach((item, index) => {
      const current = subscription.items.data[index]
      item.integer('quantity')
      if (item.required('price') !== current?.price.id) {
        throw invalid('The sandbox does not support price changes by schedules.', item.name('price'))
      }
    })
    const made = phaseOf(subscription, { start, end })
    start = end
    return made
  })
}

function update(world: World, params: Params, id: string): Stripe.SubscriptionSchedule {
  const schedule = find(world, id)
  const subscription = findSubscription(world, idOf(schedule.subscription) ?? '', 'subscription')
  const behavior = params.oneOf('end_behavior', ['cancel', 'release'])
  const phases = readPhases(world, params, subscription)
  const metadata = params.metadata()
  params.oneOf('proration_behavior', ['create_prorations', 'none'])
  params.finish()
  if (schedule.status !== 'active') throw invalid(`A ${schedule.status} schedule cannot be updated.`)
  if (behavior !== undefined) schedule.end_behavior = behavior
  if (phases !== undefined) {
    schedule.phases = phases
    const [first] = phases
    schedule.current_phase = first ? { end_date: first.end_date, start_date: first.start_date } : null
  }
  schedule.metadata = mergeMetadata(schedule.metadata ?? {}, metadata)
  world.emit('subscription_schedule.updated', schedule)
  return schedule
}

function release(world: World, params: Params, id: string): Stripe.SubscriptionSchedule {
  const schedule = find(world, id)
  params.boolean('preserve_cancel_date')
  params.finish()
  if (schedule.status !== 'active') throw invalid(`A ${schedule.status} schedule cannot be released.`)
  const subscription = world.store.subscriptions.get(idOf(schedule.subscription) ?? '')
  schedule.status = 'released'
  schedule.released_at = world.now()
  schedule.released_subscription = idOf(schedule.subscription)
  schedule.subscription = null
  schedule.current_phase = null
  if (subscription !== undefined) subscription.schedule = null
  world.emit('subscription_schedule.released', schedule)
  return schedule
}

function cancel(world: World, params: Params, id: string): Stripe.SubscriptionSchedule {
  const schedule = find(world, id)
  params.boolean('invoice_now')
  params.boolean('prorate')
  params.finish()
  if (schedule.status !== 'active') throw invalid(`A ${schedule.status} schedule cannot be canceled.`)
  const subscription = findSubscription(world, idOf(schedule.subscription) ?? '', 'subscription')
  cancelSubscription(world, subscription, 'cancellation_requested')
  return schedule
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.SubscriptionSchedule> {
  const customer = readCustomer(world, params)
  const created = createdFilter(params)
  const rows = world.store.schedules.newestFirst(
    (row) => (customer === undefined || idOf(row.customer) === customer) && created(row),
  )
  return page(params, rows, '/v1/subscription_schedules')
}

export const scheduleRoutes: Route[] = [
  post('/v1/subscription_schedules', ({ world, params }) => create(world, params)),
  get('/v1/subscription_schedules', ({ world, params }) => list(world, params)),
  get('/v1/subscription_schedules/:id', ({ world, params, id }) => {
    params.finish()
    return find(world, id)
  }),
  post('/v1/subscription_schedules/:id', ({ world, params, id }) => update(world, params, id)),
  post('/v1/subscription_schedules/:id/release', ({ world, params, id }) => release(world, params, id)),
  post('/v1/subscription_schedules/:id/cancel', ({ world, params, id }) => cancel(world, params, id)),
]
