import type Stripe from 'stripe'
import { noSuch } from '../core/errors'
import { get, type Route } from '../core/routes'
import type { World } from '../core/world'

function accountOf(world: World): Stripe.Account {
  return {
    id: world.account.id,
    object: 'account',
    business_profile: null,
    business_type: null,
    capabilities: { card_payments: 'active', transfers: 'active', us_bank_account_ach_payments: 'active' },
    charges_enabled: true,
    controller: { type: 'account' },
    country: 'US',
    default_currency: world.account.settlementCurrency,
    details_submitted: true,
    email: null,
    payouts_enabled: true,
    settings: null,
    type: 'standard',
  }
}

export const accountRoutes: Route[] = [
  get('/v1/account', ({ world, params }) => {
    params.finish()
    return accountOf(world)
  }),
  get('/v1/accounts/:id', ({ world, params, id }) => {
    params.finish()
    if (id !== world.account.id) throw noSuch('account', id)
    return accountOf(world)
  }),
]
