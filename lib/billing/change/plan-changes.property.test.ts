import fc from 'fast-check'
import type Stripe from 'stripe'
import { expect, test } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { changePlan, keepPlan } from '@/lib/billing'
import { type Buyer, openShop, type Shop } from '@/lib/billing/shop.test-support'
import { findPlan } from '@/lib/catalog'
import type { CatalogDocument } from '@/lib/catalog/document'
import { catalogOf } from '@/lib/catalog/read-document'
import { testDocument } from '@/lib/catalog/two-versions.test-support'
import { catalogAt, knowCatalogs, stripeKeyOf } from '@/lib/catalogs/current'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { DomainError } from '@/lib/errors'
import { IS_FULL } from '@/lib/testing/is-full'

/*
 * Runs random catalogues and random changes of plan against the real parts. Stripe is the reference: nobody can spend
 * more than its paid invoices and one trial grant now, minus returned money, plus Free's month.
 */

const { PLAN_CHANGES: RUNS = IS_FULL ? '100' : '6', PLAN_CHANGES_SEED: SEED = '18' } = process.env
const PLANS_MAX = 4
const FREE = 1_000

type PlanDocument = CatalogDocument['plans'][number]

/** The plans of a catalogue. */
const catalogues = fc
  .array(
    fc.record({
      interval: fc.constantFrom('month' as const, 'year' as const),
      price: fc.integer({ min: 100, max: 90_000 }),
      more: fc.integer({ min: 0, max: 9_000 }),
      advanced: fc.boolean(),
      trial: fc.option(
        fc.record({ days: fc.integer({ min: 1, max: 40 }), share: fc.integer({ min: 1, max: 100 }) }),
      ),
    }),
    { minLength: 1, maxLength: PLANS_MAX },
  )
  .map((drawn) => {
    let credits = FREE
    let advanced = false
    const plans = drawn.map(({ interval, price, more, advanced: opens, trial }, index): PlanDocument => {
      credits += more
      advanced ||= opens || index === drawn.length - 1
      const tiers = advanced ? ['standard', 'advanced'] : ['standard']
      return {
        key: `plan${index}`,
        name: `Plan ${index}`,
        rank: index + 1,
        interval,
        prices: { usd: price },
        credits,
        tiers,
        ...(trial && { trialDays: trial.days, trialCredits: Math.ceil((credits * trial.share) / 100) }),
      }
    })
    const free = { key: 'free', name: 'Free', rank: 0, credits: FREE, tiers: ['standard'] }
    return [...plans, free]
  })

const place = fc.integer({ min: 0, max: PLANS_MAX - 1 })
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('want' as const), plan: place }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 1_400 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('spend' as const), share: fc.integer({ min: 1, max: 100 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('refund' as const), share: fc.integer({ min: 1, max: 100 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), now: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const) }) },
    // Moves the end of a trial; 0 ends it now.
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('try' as const), days: fc.integer({ min: 0, max: 30 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('keep' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('card' as const), works: fc.boolean() }) },
  ),
  { minLength: 4, maxLength: 14 },
)
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never

let shop: Shop
let buyer: Buyer

const running = (status: string) => ['active', 'trialing', 'past_due'].includes(status)

async function current(): Promise<Stripe.Subscription | null> {
  const customer = await shop.customer(buyer)
  const { data } = await shop.stripe((stripe) => stripe.subscriptions.list({ customer }))
  return data.find(({ status }) => running(status)) ?? null
}

async function act(step: Step): Promise<void> {
  switch (step.do) {
    case 'want':
      return want(`plan${step.plan}`)
    case 'wait':
      return shop.moveTo(new Date(shop.clock.now().getTime() + step.hours * HOUR_MS))
    case 'spend': {
      const pages = Math.floor((((await shop.available(buyer)) / 8) * step.share) / 100)
      if (pages >= 1) await shop.spend(buyer, pages * 8)
      return
    }
    case 'deliver':
      await shop.deliver()
      return
    case 'refund':
      return refund(step.share)
    case 'end': {
      const found = await current()
      if (found === null || found.schedule !== null) return
      await shop.stripe(async ({ subscriptions }) => {
        if (step.now) await subscriptions.cancel(found.id)
        else await subscriptions.update(found.id, { cancel_at_period_end: true })
      })
      return
    }
    case 'resume': {
      const found = await current()
      if (found?.cancel_at_period_end)
        await shop.stripe((stripe) => stripe.subscriptions.update(found.id, { cancel_at_period_end: false }))
      return
    }
    case 'try':
      return moveTrial(step.days)
    case 'keep':
      return keepPlan(shop.as(buyer))
    case 'card':
      shop.control.setPaymentMethod(await shop.customer(buyer), step.works ? 'card' : 'card_declined')
      return
    default:
      return step satisfies never
  }
}

async function moveTrial(days: number): Promise<void> {
  const found = await current()
  if (found?.status !== 'trialing' || found.cancel_at !== null) return
  const until = Math.floor((shop.clock.now().getTime() + days * DAY_MS) / 1_000)
  await shop.stripe((stripe) =>
    stripe.subscriptions.update(found.id, { trial_end: days === 0 ? 'now' : until }),
  )
}

/** Buys a plan or changes to it. The product may refuse a plan that is not offered, or not at this time. */
async function want(plan: string): Promise<void> {
  const catalog = catalogAt(shop.clock.now())
  if (!findPlan(catalog, plan)) return
  try {
    if ((await current()) === null) await shop.pay(buyer, { plan })
    else await changePlan(shop.as(buyer), { plan, price: stripeKeyOf('plan', plan, catalog) })
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
  }
}

async function refund(share: number): Promise<void> {
  const customer = await shop.customer(buyer)
  await shop.stripe(async (stripe) => {
    const { data } = await stripe.charges.list({ customer })
    const paid = data.find(
      ({ status, amount, amount_refunded: gone }) => status === 'succeeded' && gone < amount,
    )
    const amount = paid ? Math.floor(((paid.amount - paid.amount_refunded) * share) / 100) : 0
    if (paid && amount > 0) await stripe.refunds.create({ charge: paid.id, amount })
  })
}

/**
 * The most millicredits that the account may have according to Stripe's paid invoices and the catalogue. Once all
 * events are delivered, ended subscriptions and returned money count too.
 */
async function mostSpendable({ delivered }: { delivered: boolean }): Promise<number> {
  const now = shop.clock.now().getTime()
  const catalog = catalogAt(shop.clock.now())
  const graceMs = catalog.terms.renewalGraceHoursMax * HOUR_MS
  const customer = await shop.customer(buyer)
  return shop.stripe(async (stripe) => {
    const all = { customer, limit: 100 }
    const invoices = (await stripe.invoices.list({ ...all, status: 'paid', expand: ['data.payments'] })).data
    const charges = (await stripe.charges.list(all)).data
    const subscriptions = (await stripe.subscriptions.list({ ...all, status: 'all' })).data
    let most = FREE * 1_000
    for (const { lines, payments, parent, amount_paid: paid } of invoices) {
      const [line] = lines.data
      const price = await stripe.prices.retrieve(String(line?.pricing?.price_details?.price))
      const plan = findPlan(catalog, price.metadata.plan ?? '')
      const owner = subscriptions.find(({ id }) => id === parent?.subscription_details?.subscription)
      const isLive = line && line.period.start * 1_000 <= now && now < line.period.end * 1_000 + graceMs
      if (!plan || !isLive || line.amount === 0 || (delivered && owner?.ended_at)) continue
      const intents = (payments?.data ?? []).map(({ payment }) => payment.payment_intent)
      const back = charges
        .filter(({ payment_intent: intent }) => delivered && intents.includes(intent ?? undefined))
        .reduce((total, charge) => total + charge.amount_refunded, 0)
      most += plan.monthlyCredits - Math.ceil((plan.monthlyCredits * back) / paid)
    }
    return most + trialNow({ subscriptions, delivered })
  })
}

/** The credits that the account's first trial may still leave: none once its end has been reported. */
function trialNow({
  subscriptions,
  delivered,
}: {
  subscriptions: Stripe.Subscription[]
  delivered: boolean
}): number {
  const now = shop.clock.now().getTime()
  const { plans, terms } = catalogAt(shop.clock.now())
  const tried = subscriptions.filter(({ trial_start: start }) => start !== null)
  expect(tried.length).toBeLessThanOrEqual(1)
  return tried.reduce((most, { metadata, trial_end: end, status, ended_at: ended }) => {
    const credits = plans.find(({ key }) => key === metadata.plan)?.trial?.credits ?? 0
    const until = (end ?? 0) * 1_000 + terms.renewalGraceHoursMax * HOUR_MS
    const isOver = delivered && (ended !== null || status === 'past_due')
    // Until its events arrive, a trial that was ended early is expected to last until its original end.
    return isOver || (delivered && now >= until) ? most : most + credits
  }, 0)
}

async function expectWithin(state: { delivered: boolean }): Promise<void> {
  const { available } = await getBalance(shop.ctx, buyer.accountId)
  expect(available).toBeLessThanOrEqual(await mostSpendable(state))
}

async function live(plans: PlanDocument[], drawn: Step[]): Promise<void> {
  knowCatalogs([catalogOf({ ...testDocument(), plans }, 1, null)])
  shop = await openShop('2026-01-30T22:10:00Z')
  try {
    buyer = await shop.newBuyer()
    for (const step of drawn) {
      await act(step)
      await expectWithin({ delivered: false })
    }
    await shop.deliver()
    await expectWithin({ delivered: true })
    await act({ do: 'spend', share: 50 })
    const { checks } = await auditLedger(shop.ctx.pool, { now: shop.clock.now() })
    expect(checks.filter(({ drifted }) => drifted > 0)).toEqual([])
  } finally {
    await shop.close()
  }
}

test('whatever people do with their plans, no credit is lost, and nobody can spend more than was bought and granted', async () => {
  const property = fc.asyncProperty(catalogues, steps, live)
  await fc.assert(property, { numRuns: Number(RUNS), seed: Number(SEED), endOnFailure: true })
}, 600_000)
