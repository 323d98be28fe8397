import { accountOf } from '@/lib/auth/require'
import { withCustomer } from '@/lib/billing/apply/customers'
import { checkReturnTo } from '@/lib/billing/checkout/check-return-to'
import { withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'

/** Opens Stripe's customer portal: card, invoices, cancel, resume. Throws `InvalidRequest` for a `returnTo` elsewhere, and `Unavailable`. */
export async function openBillingPortal(
  ctx: Context,
  input: { user?: string | undefined; returnTo?: string | undefined },
): Promise<{ url: string }> {
  const accountId = await accountOf(ctx, input.user)
  const back = input.returnTo === undefined ? null : await checkReturnTo(ctx, input.returnTo)
  const return_url = back ?? `${getEnv().appUrl}/settings/billing`
  const { url } = await withCustomer(ctx, accountId, (customer) =>
    withStripe((stripe) => stripe.billingPortal.sessions.create({ customer, return_url })),
  )
  return { url }
}
