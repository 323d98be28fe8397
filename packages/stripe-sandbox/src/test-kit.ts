import Stripe from 'stripe'
import { createStripeSandbox, type SandboxOptions, type StripeSandbox } from './index'

export const START = '2026-01-31T10:00:00.000Z'

export type Received = { event: Stripe.Event; body: string; signature: string }

/** A clock that moves only when a test moves it. */
export class StandingClock {
  #now: number
  constructor(start: string) {
    this.#now = new Date(start).getTime()
  }
  now(): Date {
    return new Date(this.#now)
  }
  advance(milliseconds: number): void {
    this.#now += milliseconds
  }
  moveTo(instant: Date | string): void {
    this.#now = new Date(instant).getTime()
  }
}

export type Kit = {
  sandbox: StripeSandbox
  stripe: Stripe
  control: StripeSandbox['control']
  clock: StandingClock
  /** The events received by the webhook endpoint and verified by the library. */
  received: Received[]
  /** The endpoint's next answers; once they are used up, it answers 200. */
  answers: number[]
  super: Stripe.Price
  pack: Stripe.Price
  customer: Stripe.Customer
}

/** A sandbox in this process, used through the real library, with a clock that stands still and manual delivery. */
export async function createKit(options: SandboxOptions = {}): Promise<Kit> {
  const clock = new StandingClock(START)
  const received: Received[] = []
  const answers: number[] = []
  const sandbox = createStripeSandbox({
    clock,
    signatureClock: clock,
    deliver: 'manual',
    webhookUrl: 'http://app.test/hooks',
    webhookFetch: async (_url, init) => {
      const body = String(init.body)
      const signature = new Headers(init.headers).get('stripe-signature') ?? ''
      const at = clock.now().getTime()
      const event = Stripe.webhooks.constructEvent(body, signature, sandbox.webhookSecret, 300, undefined, at)
      const status = answers.shift() ?? 200
      if (status === 200) received.push({ event, body, signature })
      return new Response(null, { status })
    },
    ...options,
  })
  const stripe = clientOf(sandbox)
  const product = await stripe.products.create({ name: 'Super' })
  const monthly = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 2000,
    product: product.id,
    recurring: { interval: 'month' },
    lookup_key: 'super_monthly',
  })
  const pack = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 600,
    product_data: { name: '2,000 credits' },
    lookup_key: 'pack_small',
  })
  const customer = await stripe.customers.create({ email: 'ada@example.com', metadata: { user: 'usr_1' } })
  await sandbox.control.deliverPending()
  received.length = 0
  return {
    sandbox,
    stripe,
    control: sandbox.control,
    clock,
    received,
    answers,
    super: monthly,
    pack,
    customer,
  }
}

export function clientOf(sandbox: StripeSandbox, key = sandbox.secretKey): Stripe {
  return new Stripe(key, {
    host: 'stripe.sandbox',
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(sandbox.fetch),
  })
}

export function packCheckout(kit: Kit, extra: Stripe.Checkout.SessionCreateParams = {}) {
  return kit.stripe.checkout.sessions.create({
    mode: 'payment',
    customer: kit.customer.id,
    client_reference_id: 'usr_1',
    line_items: [{ price: kit.pack.id, quantity: 1 }],
    invoice_creation: { enabled: true, invoice_data: { metadata: { user: 'usr_1' } } },
    payment_intent_data: { metadata: { user: 'usr_1' } },
    metadata: { credits: '2000' },
    success_url: 'https://app.test/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://app.test/settings/billing',
    ...extra,
  })
}

export function superCheckout(kit: Kit, extra: Stripe.Checkout.SessionCreateParams = {}) {
  return kit.stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: kit.customer.id,
    line_items: [{ price: kit.super.id, quantity: 1 }],
    subscription_data: { metadata: { user: 'usr_1' } },
    success_url: 'https://app.test/done?session={CHECKOUT_SESSION_ID}',
    ...extra,
  })
}

/** Fills in and submits a form on a hosted page, as a browser would. */
export function submit(kit: Kit, url: string, fields: Record<string, string>): Promise<Response> {
  return kit.sandbox.fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
}

/** Buys Super through the hosted page and returns the subscription. */
export async function subscribe(kit: Kit, outcome = 'card'): Promise<Stripe.Subscription> {
  const session = await superCheckout(kit)
  const page = await submit(kit, session.url ?? '', { email: 'ada@example.com', outcome })
  if (page.status !== 303) throw new Error(`checkout answered with status ${page.status}`)
  const done = await kit.stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] })
  if (done.subscription === null || typeof done.subscription === 'string') throw new Error('no subscription')
  return done.subscription
}

/** Sends waiting events and returns their types in order of arrival. */
export async function deliveredTypes(kit: Kit): Promise<string[]> {
  kit.received.length = 0
  await kit.control.deliverPending()
  return kit.received.map(({ event }) => event.type)
}
