import { type Faults, type RunningStripeSandbox, startStripeSandbox } from '@ai-credits/stripe-sandbox'
import type Stripe from 'stripe'
import { currentCatalog } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import type { Grant, GrantSource } from '@/lib/credits/book/records'
import { loadGrants } from '@/lib/credits/store/load-account'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { chargeUse } from '@/lib/metering/charge-use'
import { createScenario, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { ensureCustomer } from './apply/customers'
import { startCheckout } from './checkout/start-checkout'
import { syncCatalog } from './checkout/sync-catalog'
import { eventsApplied, receiveEvent } from './events/receive-event'
import { getBillingState } from './read/get-billing-state'
import { drainWebhooks } from './repair/drain-webhooks'
import { setStripeEndpoint, withStripe } from './stripe-client'
import type { Wanted } from './types'

export const SMALL: Wanted = { pack: 'small' }
export const SUPER: Wanted = { plan: 'super' }

type Outcome = NonNullable<Parameters<RunningStripeSandbox['control']['payCheckout']>[1]>['outcome']

export type Buyer = { accountId: string; user: string }

/** The product with its own Stripe on the same clock. Events wait until a test delivers them. */
export type Shop = Scenario & {
  sandbox: RunningStripeSandbox
  control: RunningStripeSandbox['control']
  newBuyer(): Promise<Buyer>
  /** The context of a signed-in user. */
  as(buyer: Buyer): Context
  /** Opens a checkout and pays on its page without delivering events. Returns the session. */
  pay(buyer: Buyer, wanted: Wanted, outcome?: Outcome): Promise<string>
  /** Pays and delivers the events. */
  buy(buyer: Buyer, wanted: Wanted, outcome?: Outcome): Promise<string>
  /** Delivers all waiting events and those that follow from them. Returns their types in order of arrival. */
  deliver(options?: { early?: boolean }): Promise<string[]>
  /** Moves time to the instant. Stripe does everything due by then but delivers no events. */
  moveTo(instant: Date | string): void
  setFaults(change: Partial<Faults>): void
  stripe<T>(ask: (stripe: Stripe) => Promise<T>): Promise<T>
  /** Spends whole credits, in multiples of eight. */
  spend(buyer: Buyer, credits: number): Promise<unknown>
  /** The available balance in whole credits. */
  available(buyer: Buyer): Promise<number>
  /** Every grant of the account, oldest first. */
  grants(buyer: Buyer, source?: GrantSource): Promise<Grant[]>
  /** The allowances of a plan, oldest first. */
  allowances(buyer: Buyer, plan: string): Promise<Grant[]>
  /** The plan and its payment, as the billing page shows them. */
  state(buyer: Buyer): ReturnType<typeof getBillingState>
  /** The newest subscription. */
  subscription(buyer: Buyer): Promise<Stripe.Subscription>
  /** The end of the current period of the newest subscription. */
  periodEnd(buyer: Buyer): Promise<Date>
  /** The customer in Stripe, which is created if there is none. */
  customer(buyer: Buyer): Promise<string>
  /** Retries all stored events that are waiting. */
  retryEvents(): Promise<unknown>
  /** The number of stored events that have not been applied. */
  waiting(): Promise<number>
}

export async function openShop(start?: string): Promise<Shop> {
  const scenario = await createScenario(start)
  const { ctx, clock } = scenario
  const sandbox = await startStripeSandbox({
    clock,
    deliver: 'manual',
    webhookUrl: 'http://app.test/api/webhooks/stripe',
    webhookFetch: async (_url, { body, headers }) => {
      const signature = new Headers(headers).get('stripe-signature')
      await receiveEvent(ctx, { payload: String(body), signature })
      await eventsApplied()
      return new Response(null, { status: 200 })
    },
  })
  const { control } = sandbox
  setStripeEndpoint({
    secretKey: sandbox.secretKey,
    webhookSecret: sandbox.webhookSecret,
    apiUrl: sandbox.url,
  })
  await syncCatalog(currentCatalog())

  const shop: Shop = {
    ...scenario,
    sandbox,
    control,
    newBuyer: () => newAccount(scenario),
    as: ({ accountId }) => ({ ...ctx, caller: { kind: 'user', userId: accountId } }),
    async pay(buyer, wanted, outcome = 'card') {
      const { sessionId } = await startCheckout(ctx, { ...wanted, user: buyer.user })
      control.payCheckout(sessionId, { outcome })
      return sessionId
    },
    async buy(buyer, wanted, outcome) {
      const session = await shop.pay(buyer, wanted, outcome)
      await shop.deliver()
      return session
    },
    async deliver(options) {
      const types: string[] = []
      for (;;) {
        const results = await control.deliverPending(options)
        if (results.length === 0) return types
        for (const { type, status } of results) {
          types.push(type)
          if (status !== 200) throw new Error(`the webhook answered ${status} to ${type}`)
        }
      }
    },
    moveTo(instant) {
      clock.moveTo(instant)
      control.settle()
    },
    setFaults: (change) => void control.setFaults(change),
    stripe: withStripe,
    spend: ({ user }, credits) =>
      chargeUse(ctx, {
        user,
        operation: 'web.extract',
        usage: { pages: credits / 8 },
        idempotencyKey: newKey(),
        ...PLAIN,
      }),
    available: async ({ accountId }) => (await getBalance(ctx, accountId)).available / 1_000,
    async grants({ accountId }, source) {
      const text = 'select id from grants where account_id = $1 order by created_at, id'
      const { rows } = await ctx.pool.query<{ id: string }>(text, [accountId])
      const ids = rows.map(({ id }) => id)
      const grants = await loadGrants(ctx.pool, accountId, ids)
      grants.sort((left, right) => ids.indexOf(left.id) - ids.indexOf(right.id))
      return source === undefined ? grants : grants.filter((grant) => grant.source === source)
    },
    async allowances(buyer, plan) {
      const grants = await shop.grants(buyer, 'allowance')
      return grants.filter(({ period }) => period?.plan === plan)
    },
    state: (buyer) => getBillingState(shop.as(buyer)),
    async subscription(buyer) {
      const customer = await shop.customer(buyer)
      const { data } = await withStripe((stripe) => stripe.subscriptions.list({ customer, status: 'all' }))
      const newest = data[0]
      if (!newest) throw new Error('there is no subscription')
      return newest
    },
    async periodEnd(buyer) {
      const [item] = (await shop.subscription(buyer)).items.data
      return new Date((item?.current_period_end ?? 0) * 1_000)
    },
    customer: ({ accountId }) => ensureCustomer(ctx, accountId, null),
    retryEvents: () => drainWebhooks(ctx, { early: true }),
    async waiting() {
      const text = 'select count(*)::int as count from webhook_events where applied_at is null'
      const { rows } = await ctx.pool.query<{ count: number }>(text)
      return rows[0]?.count ?? 0
    },
    async close() {
      await sandbox.close()
      await scenario.close()
    },
  }
  return shop
}
