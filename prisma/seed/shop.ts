import { createStripeSandbox } from '@ai-credits/stripe-sandbox'
import { startCheckout, type Wanted } from '@/lib/billing'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { receiveEvent } from '@/lib/billing/events/receive-event'
import { setStripeEndpoint } from '@/lib/billing/stripe-client'
import { currentCatalog } from '@/lib/catalogs/current'
import { ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { keepLocalStripe } from '@/lib/demo/local-stripe'
import type { Env } from '@/lib/env'

/**
 * No server listens at this address. The sandbox is called within the process, and its links are rewritten to its later
 * address.
 */
const STRIPE_URL = 'http://stripe.invalid'

/**
 * The local Stripe during seeding. Its time moves from one visit to the next, so visits must be in chronological order.
 * Each ends when all of Stripe's events are delivered.
 */
export type Shop = {
  /** Pays a checkout by card, as its buyer does on Stripe's page. */
  buy(ctx: Context, accountId: string, wanted: Wanted): Promise<void>
  /** Renews everything that is due by the time of `ctx`. */
  renew(ctx: Context): Promise<void>
  /** Saves the state with which the demo's own Stripe starts. */
  keep(): void
}

export async function openShop(env: Env, start: Date): Promise<Shop> {
  const clock = new ManualClock(start)
  let told: Context | null = null
  const sandbox = createStripeSandbox({
    baseUrl: STRIPE_URL,
    clock,
    deliver: 'manual',
    webhookUrl: 'http://product.invalid/api/webhooks/stripe',
    webhookFetch: async (_url, { body, headers }) => {
      if (told === null) throw new Error('an event came between two visits')
      const signature = new Headers(headers).get('stripe-signature')
      await receiveEvent(told, { payload: String(body), signature })
      return new Response(null, { status: 200 })
    },
  })
  const { secretKey, webhookSecret, control } = sandbox
  setStripeEndpoint({ secretKey, webhookSecret, apiUrl: STRIPE_URL, fetch: sandbox.fetch })
  await syncCatalog(currentCatalog())

  async function visit(ctx: Context, act: () => Promise<void>): Promise<void> {
    clock.moveTo(ctx.clock.now())
    control.settle()
    await act()
    told = ctx
    while ((await control.deliverPending()).length > 0);
    told = null
  }
  return {
    buy: (ctx, accountId, wanted) =>
      visit(ctx, async () => {
        const buyer: Context = { ...ctx, caller: { kind: 'user', userId: accountId } }
        const { sessionId } = await startCheckout(buyer, wanted)
        control.payCheckout(sessionId)
      }),
    renew: (ctx) => visit(ctx, async () => undefined),
    keep: () => keepLocalStripe(env, sandbox.snapshot()),
  }
}
