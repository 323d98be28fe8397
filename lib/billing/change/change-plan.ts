import Stripe from 'stripe'
import { accountOf } from '@/lib/auth/require'
import { withCustomer } from '@/lib/billing/apply/customers'
import { syncAccount } from '@/lib/billing/apply/sync-account'
import { priceIdOf, soldAs } from '@/lib/billing/checkout/offers'
import type { PlanSubscription } from '@/lib/billing/read/plan-subscription'
import { idOf, stripeKey, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { InvalidRequest, Unavailable } from '@/lib/errors'
import { changeTo, type Found } from './plan-change'

/**
 * `pay`: an upgrade that takes effect once the invoice at `url` is paid. `done`: the change is made, or its bank payment
 * is pending.
 */
export type ChangedPlan = { outcome: 'done' | 'later' } | { outcome: 'pay'; url: string }

type ChangeInput = {
  plan: string
  /** The lookup key of the price that the person was shown. */
  price: string
  user?: string | undefined
}

/**
 * Changes the plan of an active subscription, as the person confirmed it. An upgrade is paid in full now, and the plan
 * changes when its invoice is paid; anything else is scheduled for the end of the paid period. Safe to repeat. Throws
 * `InvalidRequest` if the plan cannot change or no longer has the price that was shown, and `Unavailable`.
 */
export async function changePlan(ctx: Context, input: ChangeInput): Promise<ChangedPlan> {
  const accountId = await accountOf(ctx, input.user)
  const to = soldAs(ctx, { plan: input.plan })
  if (to.lookupKey !== input.price) throw InvalidRequest.at('price', 'has changed: check the new one first')
  return withCustomer(ctx, accountId, async (customer) => {
    const { plan } = await syncAccount(ctx, { accountId, customer }, { plan: true })
    const change = plan && changeTo(ctx, to, plan)
    if (!change) throw InvalidRequest.at('plan', 'is bought at the checkout')
    const price = await priceIdOf(ctx, to)
    // Taken from the same reading as the decision, so that a second click cannot upgrade what the first has just upgraded.
    const found = plan.subscriptions.find(({ subscription }) => subscription.id === change.subscription.id)
    if (!found) throw new Error(`subscription ${change.subscription.id} was not read`)
    if (change.when === 'later') await schedule(change, found.subscription, price)
    else await upgrade(found, price)
    const after = await syncAccount(ctx, { accountId, customer }, { plan: true })
    if (change.when === 'later') return { outcome: 'later' }
    const url = after.plan?.followed?.pending?.url ?? null
    return url === null ? { outcome: 'done' } : { outcome: 'pay', url }
  })
}

/**
 * The subscription keeps its old price until the invoice is paid. A scheduled change is cancelled. An upgrade that
 * already waits for its payment is paid instead of being made again; one to another plan is withdrawn.
 */
async function upgrade({ subscription, invoices }: PlanSubscription, price: string): Promise<void> {
  await giveUpSchedule(subscription)
  const { id, pending_update: pending } = subscription
  const latest = idOf(subscription.latest_invoice)
  const [item] = subscription.items.data
  if (!item) throw new Error(`subscription ${id} has no items`)
  const waiting = invoices.find(({ invoice }) => invoice.id === latest && invoice.status === 'open')?.invoice
  if (pending !== null && waiting) {
    const isSame = pending.subscription_items?.some((wanted) => wanted.price.id === price)
    if (isSame) return
    await withStripe((stripe) => stripe.invoices.voidInvoice(waiting.id))
  }
  const params: Stripe.SubscriptionUpdateParams = {
    items: [{ id: item.id, price }],
    billing_cycle_anchor: { type: 'now' },
    proration_behavior: 'none',
    payment_behavior: 'pending_if_incomplete',
  }
  // Two clicks see the same newest invoice, so they share a key and pay once.
  const idempotencyKey = stripeKey(`upgrade:${id}:${latest}`, params)
  await withStripe((stripe) => stripe.subscriptions.update(id, params, { idempotencyKey }))
}

/**
 * Stripe itself makes the change with the renewal, whether or not this product runs then: a schedule of two phases, the paid
 * period and the first one at the new price, after which the schedule releases the subscription.
 */
async function schedule({ to }: Found, subscription: Stripe.Subscription, price: string): Promise<void> {
  await giveUpSchedule(subscription)
  const [item] = subscription.items.data
  if (!item || to.interval === null) throw new Error(`subscription ${subscription.id} has no items`)
  const { interval } = to
  const { id, phases } = await createSchedule(subscription.id)
  const [current] = phases
  if (!current) throw new Error(`schedule ${id} has no phases`)
  await withStripe((stripe) =>
    stripe.subscriptionSchedules.update(id, {
      end_behavior: 'release',
      proration_behavior: 'none',
      phases: [
        {
          items: [{ price: item.price.id, quantity: 1 }],
          start_date: current.start_date,
          end_date: current.end_date,
        },
        { items: [{ price, quantity: 1 }], duration: { interval, interval_count: 1 } },
      ],
    }),
  )
}

/** A subscription has one schedule: a second click comes too late to make one. */
async function createSchedule(subscription: string): Promise<Stripe.SubscriptionSchedule> {
  try {
    return await withStripe((stripe) =>
      stripe.subscriptionSchedules.create({ from_subscription: subscription }),
    )
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error
    throw new Unavailable('The plan is already being changed. Check again in a moment.')
  }
}

async function giveUpSchedule({ schedule: made }: Stripe.Subscription): Promise<void> {
  const isActive = made !== null && typeof made !== 'string' && made.status === 'active'
  if (isActive) await withStripe((stripe) => stripe.subscriptionSchedules.release(made.id))
}

/** Cancels the change scheduled for the end of the period. Changes nothing if there is none. Throws `Unavailable`. */
export async function keepPlan(ctx: Context, input: { user?: string | undefined } = {}): Promise<void> {
  const accountId = await accountOf(ctx, input.user)
  await withCustomer(ctx, accountId, async (customer) => {
    const { plan } = await syncAccount(ctx, { accountId, customer }, { plan: true })
    const found = plan?.subscriptions.find(({ subscription }) => subscription.id === plan.followed?.id)
    if (!found) return
    await giveUpSchedule(found.subscription)
    await syncAccount(ctx, { accountId, customer }, { plan: true })
  })
}
