import type Stripe from 'stripe'
import { accountOf } from '@/lib/auth/require'
import { withCustomer } from '@/lib/billing/apply/customers'
import { addCheckout } from '@/lib/billing/apply/save-checkout'
import { syncAccount } from '@/lib/billing/apply/sync-account'
import { changeTo } from '@/lib/billing/change/plan-change'
import { type CheckoutRow, checkoutsOf, findCheckout } from '@/lib/billing/read/checkout-rows'
import { soldWith } from '@/lib/billing/read/subscription-facts'
import { findSubscription, fixedCurrency } from '@/lib/billing/read/subscription-rows'
import { hasTrial, trialMetadata, trialOffered } from '@/lib/billing/read/trials'
import { dateOf, isMissing, isOtherCurrency, stripeKey, withStripe } from '@/lib/billing/stripe-client'
import type { Wanted } from '@/lib/billing/types'
import type { Trial } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { getUser } from '@/lib/users/find-user'
import { checkReturnTo } from './check-return-to'

import { priceIdOf, type Sold, soldAs } from './offers'

/** The most packs per checkout; a larger quantity would suggest a stolen card. */
const QUANTITY_MAX = 10

/** `sessionId` is empty if the page is our own. */
export type CheckoutPage = { url: string; sessionId: string }

export type StartCheckoutInput = Wanted & {
  user?: string | undefined
  /** By default that of the current subscription, or else the catalogue's main one. */
  currency?: string | undefined
  returnTo?: string | undefined
}

/**
 * Opens a Stripe Checkout page for a plan or a pack or, for a user with another plan, our own page that confirms the
 * change. Repeated requests, as by a double click, open one page. Throws `InvalidRequest` for an item that is not for
 * sale, a currency that is not offered or not that of the current subscription, a `returnTo` that is not allowed, or a
 * plan that the user has or cannot change to now; throws `Unavailable` if Stripe cannot answer or its price differs
 * from the catalogue.
 */
export async function startCheckout(ctx: Context, input: StartCheckoutInput): Promise<CheckoutPage> {
  const accountId = await accountOf(ctx, input.user)
  const sold = await soldTo(ctx, accountId, input)
  const returnTo = input.returnTo === undefined ? null : await checkReturnTo(ctx, input.returnTo)
  await getUser(ctx, accountId)
  return withCustomer(ctx, accountId, async (customer) => {
    const wish = { accountId, customer, sold, returnTo }
    try {
      return await openSession(ctx, wish)
    } catch (error) {
      if (!isOtherCurrency(error)) throw error
    }
    // A subscription in another currency has begun that has not been reported to us yet.
    await syncAccount(ctx, { accountId, customer }, { plan: true })
    const again = await soldTo(ctx, accountId, input)
    if (again.currency === sold.currency)
      throw InvalidRequest.at('currency', 'must be the one in which Stripe already bills this person')
    return openSession(ctx, { ...wish, sold: again })
  })
}

/** The item in the requested currency; an active subscription allows only its own. */
async function soldTo(ctx: Context, accountId: string, input: StartCheckoutInput): Promise<Sold> {
  const fixed = fixedCurrency(await findSubscription(ctx.pool, accountId))
  const sold = soldAs(ctx, input, input.currency ?? fixed ?? undefined)
  if (fixed !== null && sold.currency !== fixed)
    throw InvalidRequest.at('currency', `must be ${fixed}, in which the subscription is paid`)
  return sold
}

type Wish = { accountId: string; customer: string; sold: Sold; returnTo: string | null }

async function openSession(
  ctx: Context,
  { accountId, customer, sold, returnTo }: Wish,
): Promise<CheckoutPage> {
  let trial: Trial | null = null
  if (sold.kind === 'plan') {
    const { plan } = await syncAccount(ctx, { accountId, customer }, { plan: true })
    // Read from Stripe, because the ledger may not yet know of a subscription that was just paid in another tab or has
    // ended.
    if (plan !== null && changeTo(ctx, sold, plan) !== null)
      return { url: confirmationPage(sold.key, returnTo), sessionId: '' }
    trial = trialOffered(sold, plan?.trial ?? null)
  }
  const price = await priceIdOf(ctx, sold)
  const { count, open } = await checkoutsOf(ctx.pool, accountId, sold)
  const again = open === null ? null : await reopen(ctx, open, { sold, returnTo, trial })
  if (again !== null) return again

  const params = sessionParams({ accountId, customer, price, sold, returnTo, trial })
  // Concurrent clicks count the same earlier checkouts, so they share a key and get the same session.
  const idempotencyKey = stripeKey(`checkout:${accountId}:${count}`, params)
  const session = await withStripe((stripe) => stripe.checkout.sessions.create(params, { idempotencyKey }))
  if (session.url === null) throw new Error(`checkout session ${session.id} has no page`)
  const row: CheckoutRow = { ...sold, id: session.id, accountId, status: 'open', returnTo }
  await addCheckout(ctx.pool, row, { now: ctx.clock.now(), expiresAt: dateOf(session.expires_at) })
  return { url: session.url, sessionId: session.id }
}

/** Our own page, on which a person with a plan confirms the change to another. */
function confirmationPage(plan: string, returnTo: string | null): string {
  const query = new URLSearchParams({ plan, ...(returnTo === null ? {} : { returnTo }) })
  return `${getEnv().appUrl}/settings/billing/change?${query}`
}

/** The page of an earlier checkout for exactly the same offer; null if there is none that can still be used. */
async function reopen(
  ctx: Context,
  sessionId: string,
  { sold, returnTo, trial }: Pick<SessionFacts, 'sold' | 'returnTo' | 'trial'>,
): Promise<{ url: string; sessionId: string } | null> {
  const row = await findCheckout(ctx.pool, sessionId)
  const isSame =
    row?.credits === sold.credits &&
    row.amount === sold.amount &&
    row.currency === sold.currency &&
    row.returnTo === returnTo
  if (!isSame) return null
  try {
    const session = await withStripe((stripe) => stripe.checkout.sessions.retrieve(sessionId))
    const isOpen = session.status === 'open' && hasTrial(session, trial)
    return isOpen && session.url !== null ? { url: session.url, sessionId } : null
  } catch (error) {
    if (!isMissing(error)) throw error
    return null
  }
}

/** Stripe computes the tax from the address. The customer keeps the address and tax id for renewals. */
const TAXED = {
  automatic_tax: { enabled: true },
  billing_address_collection: 'required',
  tax_id_collection: { enabled: true },
  customer_update: { address: 'auto', name: 'auto' },
} as const

type SessionFacts = Wish & { price: string; trial: Trial | null }

function sessionParams({
  accountId,
  customer,
  price,
  sold,
  returnTo,
  trial,
}: SessionFacts): Stripe.Checkout.SessionCreateParams {
  const { appUrl, stripe } = getEnv()
  const account = publicId('user', accountId)
  const metadata = { account, [sold.kind]: sold.key, ...trialMetadata(trial) }
  const common = {
    customer,
    client_reference_id: account,
    metadata,
    success_url: `${appUrl}/settings/billing/success?session_id={CHECKOUT_SESSION_ID}`,
    cancel_url: returnTo ?? `${appUrl}/settings/billing`,
    // A price may have several currencies; buyers pay in the one they were shown.
    currency: sold.currency,
    ...(stripe.takesCodes && { allow_promotion_codes: true }),
    ...(stripe.asksTax && TAXED),
  }
  if (sold.kind === 'plan')
    return {
      ...common,
      mode: 'subscription',
      line_items: [{ price, quantity: 1 }],
      subscription_data: {
        metadata: { ...metadata, ...soldWith(sold.credits) },
        ...(trial && { trial_period_days: trial.days }),
      },
    }
  return {
    ...common,
    mode: 'payment',
    line_items: [
      { price, quantity: 1, adjustable_quantity: { enabled: true, minimum: 1, maximum: QUANTITY_MAX } },
    ],
    payment_intent_data: { metadata },
    invoice_creation: { enabled: true, invoice_data: { metadata } },
  }
}
