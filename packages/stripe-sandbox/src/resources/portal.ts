import type Stripe from 'stripe'
import { stripeId } from '../core/ids'
import type { Params } from '../core/params'
import { post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { findCustomer } from './customers'
import { defaultConfiguration, findConfiguration } from './portal-configurations'

function create(world: World, params: Params): Stripe.BillingPortal.Session {
  const customer = findCustomer(world, params.required('customer'), 'customer')
  const returnUrl = params.url('return_url') ?? null
  const locale = params.text('locale') ?? null
  const named = params.text('configuration')
  params.finish()
  const configuration =
    named === undefined ? defaultConfiguration(world) : findConfiguration(world, named, 'configuration')
  const id = stripeId('bps')
  const session: Stripe.BillingPortal.Session = {
    id,
    object: 'billing_portal.session',
    configuration: configuration.id,
    created: world.now(),
    customer: customer.id,
    customer_account: null,
    flow: null,
    livemode: false,
    locale,
    on_behalf_of: null,
    return_url: returnUrl ?? configuration.default_return_url,
    url: `${world.settings.baseUrl}/p/session/${id}`,
  }
  world.store.portalSessions.put(session)
  world.emit('billing_portal.session.created', session)
  return session
}

export const portalRoutes: Route[] = [
  post('/v1/billing_portal/sessions', ({ world, params }) => create(world, params)),
]
