import type Stripe from 'stripe'
import { accountOf } from '@/lib/auth/require'
import { withCustomer } from '@/lib/billing/apply/customers'
import { checkReturnTo } from '@/lib/billing/checkout/check-return-to'
import { isMissing, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { forgetPortalConfiguration, portalConfiguration } from './portal-configuration'

/**
 * Opens Stripe's customer portal, where customers change their card, see invoices, and cancel or resume the plan. Throws
 * `InvalidRequest` for a `returnTo` that is not allowed, and `Unavailable`.
 */
export async function openBillingPortal(
  ctx: Context,
  input: { user?: string | undefined; returnTo?: string | undefined },
): Promise<{ url: string }> {
  const accountId = await accountOf(ctx, input.user)
  const back = input.returnTo === undefined ? null : await checkReturnTo(ctx, input.returnTo)
  const return_url = back ?? `${getEnv().appUrl}/settings/billing`
  const { url } = await withCustomer(ctx, accountId, (customer) => openPortal({ customer, return_url }))
  return { url }
}

type Wanted = { customer: string; return_url: string }

/** If the configuration was removed in Stripe, creates it again. */
async function openPortal(wanted: Wanted): Promise<Stripe.BillingPortal.Session> {
  try {
    return await createSession(wanted)
  } catch (error) {
    if (!isMissing(error, 'configuration')) throw error
    forgetPortalConfiguration()
    return createSession(wanted)
  }
}

async function createSession(wanted: Wanted): Promise<Stripe.BillingPortal.Session> {
  const configuration = await portalConfiguration()
  return withStripe((stripe) => stripe.billingPortal.sessions.create({ ...wanted, configuration }))
}
