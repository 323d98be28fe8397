import type Stripe from 'stripe'
import { noSuch } from '../core/errors'
import { idOf } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { readCustomer } from './customers'

export function findIntent(world: World, id: string, param = 'id'): Stripe.PaymentIntent {
  const found = world.store.paymentIntents.get(id)
  if (found === undefined) throw noSuch('payment_intent', id, param)
  return found
}

export function findCharge(world: World, id: string, param = 'id'): Stripe.Charge {
  const found = world.store.charges.get(id)
  if (found === undefined) throw noSuch('charge', id, param)
  return found
}

function listIntents(world: World, params: Params): Stripe.ApiList<Stripe.PaymentIntent> {
  const customer = readCustomer(world, params)
  const created = createdFilter(params)
  const rows = world.store.paymentIntents.newestFirst(
    (intent) => (customer === undefined || idOf(intent.customer) === customer) && created(intent),
  )
  return page(params, rows, '/v1/payment_intents')
}

function listCharges(world: World, params: Params): Stripe.ApiList<Stripe.Charge> {
  const customer = readCustomer(world, params)
  const intent = params.text('payment_intent')
  if (intent !== undefined) findIntent(world, intent, 'payment_intent')
  const created = createdFilter(params)
  const rows = world.store.charges.newestFirst(
    (charge) =>
      (customer === undefined || idOf(charge.customer) === customer) &&
      (intent === undefined || idOf(charge.payment_intent) === intent) &&
      created(charge),
  )
  return page(params, rows, '/v1/charges')
}

function updateCharge(world: World, params: Params, id: string): Stripe.Charge {
  const charge = findCharge(world, id)
  const description = params.nullable('description')
  const metadata = params.metadata()
  params.finish()
  const before = copy(charge)
  if (description !== undefined) charge.description = description
  charge.metadata = mergeMetadata(charge.metadata, metadata)
  world.emit('charge.updated', charge, { description: before.description, metadata: before.metadata })
  return charge
}

export const paymentRoutes: Route[] = [
  get('/v1/payment_intents', ({ world, params }) => listIntents(world, params)),
  get('/v1/payment_intents/:id', ({ world, params, id }) => {
    params.finish()
    return findIntent(world, id)
  }),
  post('/v1/payment_intents/:id', ({ world, params, id }) => {
    const intent = findIntent(world, id)
    const metadata = params.metadata()
    params.finish()
    intent.metadata = mergeMetadata(intent.metadata, metadata)
    return intent
  }),
  get('/v1/charges', ({ world, params }) => listCharges(world, params)),
  get('/v1/charges/:id', ({ world, params, id }) => {
    params.finish()
    return findCharge(world, id)
  }),
  post('/v1/charges/:id', ({ world, params, id }) => updateCharge(world, params, id)),
]
