import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { nextPeriodEnd } from '../core/periods'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { releaseSchedule } from '../flows/periods'
import { cancelSubscription } from '../flows/subscription-end'
import { isOver, periodOf } from '../flows/subscription-status'
import { readCustomer } from './customers'
import { findPrice } from './prices'
import { findSubscription } from './subscriptions'

const PHASES_MAX = 10

function find(world: World, id: string): Stripe.SubscriptionSchedule {
  const found = world.store.schedules.get(id)
  if (found === undefined) throw noSuch('subscription schedule', id)
  return found
}

type PhaseItem = { price: string; quantity: number }

/** Describes a phase with the subscription's current terms, or with other items. */
function phaseOf(
  subscription: Stripe.Subscription,
  { start, end }: { start: number; end: number },
  items: PhaseItem[] = subscription.items.data.map(({ price, quantity }) => ({
    price: price.id,
    quantity: quantity ?? 1,
  })),
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
    items: items.map(({ price, quantity }) => ({
      billing_thresholds: null,
      discounts: [],
      metadata: {},
      plan: price,
      price,
      quantity,
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

/** Creates a schedule for an active subscription, which it releases after the phase by default. */
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
 * Reads the phases of a schedule. A later phase may have other prices; it begins with a renewal, so it has to start where a
 * period ends.
 */
function readPhases(world: World, params: Params, subscription: Stripe.Subscription) {
  if (!params.has('phases')) return undefined
  const phases = params.objects('phases')
  if (phases.length === 0 || phases.length > PHASES_MAX) throw invalid('Invalid phases.', 'phases')
  let start = periodOf(subscription).start
  return phases.map((phase, index) => {
    start = phase.integer('start_date') ?? start
    const items = phase.objects('items').map((item) => readItem(world, item, subscription))
    if (index === 0 && items.some(({ price }, place) => price !== subscription.items.data[place]?.price.id)) {
      throw invalid('The sandbox does not support price changes of the current phase.', phase.name('items'))
    }
    const duration = phase.object('duration')
    const end = phase.integer('end_date') ?? (duration === undefined ? undefined : endAfter(start, duration))
    phase.oneOf('proration_behavior', ['create_prorations', 'always_invoice', 'none'])
    if (end === undefined || end <= world.now())
      throw invalid('`end_date` must be in the future.', phase.name('end_date'))
    const made = phaseOf(subscription, { start, end }, items)
    start = end
    return made
  })
}

function readItem(world: World, item: Params, { currency }: Stripe.Subscription): PhaseItem {
  const price = findPrice(world, item.required('price'), item.name('price'))
  if (price.recurring === null) throw invalid('The price must be recurring.', item.name('price'))
  if (price.currency !== currency && price.currency_options?.[currency] === undefined)
    throw invalid(`The price has no amount in ${currency}.`, item.name('price'))
  return { price: price.id, quantity: item.integer('quantity') ?? 1 }
}

function endAfter(start: number, duration: Params): number {
  const interval = duration.oneOf('interval', ['day', 'week', 'month', 'year']) ?? 'month'
  const count = duration.integer('interval_count') ?? 1
  return nextPeriodEnd(start, { interval, interval_count: count }, start)
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
  releaseSchedule(world, schedule)
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
