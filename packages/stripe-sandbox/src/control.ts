import type Stripe from 'stripe'
import type { TestClock } from './core/clock'
import type { Courier, DeliveryResult } from './core/delivery'
import { noSuch } from './core/errors'
import { type Faults, noFaults } from './core/faults'
import { idOf, stripeId } from './core/ids'
import { copy, type Delivery } from './core/store'
import type { World } from './core/world'
import { type CheckoutResult, type Outcome, payCheckout, settleCheckout } from './flows/checkout'
import { switchPaymentMethod } from './flows/subscription-life'
import { findSession } from './resources/checkout-sessions'
import { findCustomer } from './resources/customers'
import { type DisputeStep, findDispute, moveDispute, openDispute } from './resources/disputes'
import { buildEndpoint } from './resources/events'
import { attachPaymentMethod, createPaymentMethod } from './resources/payment-methods'
import { findCharge, findIntent } from './resources/payments'
import { checkAmount, createRefund, findRefund, settleRefund } from './resources/refunds'

/** The endpoint given by the `webhookUrl` option rather than through the API. */
const OWN_ENDPOINT = 'we_sandbox'

export type PendingEvent = {
  delivery: string
  event: string
  type: string
  endpoint: string
  attempt: number
  dueAt: Date
}

/** A charge, named by itself or by its payment intent. */
export type ChargeRef = { charge: string } | { paymentIntent: string }

/** What tests, the demo and `POST /_sandbox/…` can do to the sandbox beyond Stripe's API. */
export type SandboxControl = {
  now(): Date
  /** Moves time forward and plays what falls due. Throws RangeError backwards. */
  advanceTo(instant: Date | string): Promise<Date>
  /** Plays what has fallen due by itself; the API does this before every call. */
  settle(): void
  faults(): Faults
  /** Changes the faults named; `resetFaults` lifts all. */
  setFaults(change: Partial<Faults>): Faults
  resetFaults(): void
  pendingEvents(): PendingEvent[]
  droppedEvents(): PendingEvent[]
  /** Sends each waiting delivery once. `early` also sends what is delayed. */
  deliverPending(options?: { early?: boolean }): Promise<DeliveryResult[]>
  /** Sends one delivery now, wherever it stands in the queue. */
  deliver(delivery: string): Promise<DeliveryResult>
  /** Queues dropped deliveries again, or one event whether it was delivered or not. Returns how many. */
  resend(event?: string): number
  /** Resolves when nothing that is due waits to be sent. */
  idle(): Promise<void>
  events(type?: string): Stripe.EventBase[]
  /** Where events go, beside endpoints made through the API; null removes it. */
  setWebhookUrl(url: string | null): void
  /** Pays an open session as its hosted page would. */
  payCheckout(session: string, payment?: { outcome?: Outcome; email?: string }): CheckoutResult
  /** The bank answers a payment that is on its way. */
  settleAsyncPayment(session: string, outcome: 'succeeds' | 'fails'): void
  /** A refund made in the Stripe dashboard. */
  refund(charge: ChargeRef, amount?: number): Stripe.Refund
  settleRefund(refund: string, status: 'succeeded' | 'failed'): Stripe.Refund
  openDispute(
    charge: ChargeRef,
    options?: { amount?: number; reason?: string; inquiry?: boolean },
  ): Stripe.Dispute
  moveDispute(dispute: string, step: DisputeStep): Stripe.Dispute
  /** Gives the customer a new saved card; `card_fails_later` fails at the next charge. */
  setPaymentMethod(customer: string, kind: 'card' | 'card_fails_later'): void
  /** Forgets everything but the endpoint set at start and the time. */
  reset(): void
}

type Parts = {
  world: World
  clock: TestClock
  courier: Courier
  webhookSecret: string
  /** Wakes deliveries and writes the snapshot. */
  changed: () => void
  /** Lets calls go on that wait for the "no answer" fault to end. */
  released: () => void
}

function chargeOf(world: World, ref: ChargeRef): Stripe.Charge {
  if ('charge' in ref) return findCharge(world, ref.charge)
  return findCharge(world, idOf(findIntent(world, ref.paymentIntent).latest_charge) ?? ref.paymentIntent)
}

export function createControl({
  world,
  clock,
  courier,
  webhookSecret,
  changed,
  released,
}: Parts): SandboxControl {
  const { store } = world
  const acting = <T>(act: () => T): T => {
    clock.settle(world)
    const result = act()
    changed()
    return result
  }
  const pending = (delivery: Delivery): PendingEvent => ({
    delivery: delivery.id,
    event: delivery.event,
    type: store.events.get(delivery.event)?.type ?? 'unknown',
    endpoint: store.webhookEndpoints.get(delivery.endpoint)?.url ?? delivery.endpoint,
    attempt: delivery.attempt,
    dueAt: new Date(delivery.notBefore * 1000),
  })
  const setFaults = (change: Partial<Faults>): Faults => {
    Object.assign(world.faults, structuredClone(change))
    if (world.faults.api.kind !== 'timeout') released()
    changed()
    return structuredClone(world.faults)
  }
  const setWebhookUrl = (url: string | null): void => {
    if (url === null) store.webhookEndpoints.delete(OWN_ENDPOINT)
    else {
      const fields = { id: OWN_ENDPOINT, url, secret: webhookSecret, events: ['*'] }
      store.webhookEndpoints.put(buildEndpoint(world, fields))
    }
    changed()
  }
  return {
    now: () => clock.now(),
    advanceTo: async (instant) => {
      await clock.advanceTo(world, courier, new Date(instant))
      changed()
      return clock.now()
    },
    settle: () => {
      if (clock.settle(world)) changed()
      else courier.wake()
    },
    faults: () => structuredClone(world.faults),
    setFaults,
    resetFaults: () => void setFaults(noFaults()),
    pendingEvents: () => store.deliveries.all().map(pending),
    droppedEvents: () => store.dropped.all().map(pending),
    deliverPending: (options) => courier.deliverOnce(options?.early ?? false),
    deliver: async (id) => {
      const delivery = store.deliveries.get(id)
      if (delivery === undefined) throw noSuch('delivery', id)
      return courier.attempt(delivery)
    },
    resend: (event) => acting(() => courier.resend(event)),
    idle: () => courier.drain(),
    events: (type) => store.events.all().filter((event) => type === undefined || event.type === type),
    setWebhookUrl,
    payCheckout: (id, payment) =>
      acting(() => {
        const session = findSession(world, id)
        if (session.status !== 'open') throw new Error(`${id} is ${session.status}`)
        const customer = store.customers.get(idOf(session.customer) ?? '')
        const email = payment?.email ?? session.customer_email ?? customer?.email ?? 'buyer@example.com'
        const outcome = payment?.outcome ?? 'card'
        return payCheckout(world, session, { email, outcome, quantities: new Map() })
      }),
    settleAsyncPayment: (id, outcome) =>
      acting(() => settleCheckout(world, findSession(world, id), outcome === 'succeeds')),
    refund: (ref, asked) =>
      acting(() => {
        const charge = chargeOf(world, ref)
        const amount = checkAmount(world, charge, asked)
        return copy(createRefund(world, { charge, amount, reason: 'requested_by_customer', metadata: {} }))
      }),
    settleRefund: (id, status) =>
      acting(() => {
        const refund = findRefund(world, id)
        settleRefund(world, refund, status)
        return copy(refund)
      }),
    openDispute: (ref, options) =>
      acting(() => copy(openDispute(world, { charge: chargeOf(world, ref), ...options }))),
    moveDispute: (id, step) =>
      acting(() => {
        const dispute = findDispute(world, id)
        moveDispute(world, dispute, step)
        return copy(dispute)
      }),
    setPaymentMethod: (id, kind) =>
      acting(() => {
        const customer = findCustomer(world, id)
        const method = createPaymentMethod(world, kind, customer.email)
        attachPaymentMethod(world, method, customer)
        switchPaymentMethod(world, customer, method)
      }),
    reset: () => {
      const own = store.webhookEndpoints.get(OWN_ENDPOINT)
      for (const table of Object.values(store)) table.clear()
      if (own !== undefined) store.webhookEndpoints.put(own)
      setFaults(noFaults())
    },
  }
}

/** A fresh secret in the shape Stripe's have. */
export function newSecrets(): { secretKey: string; webhookSecret: string } {
  return { secretKey: stripeId('sk_test', 32), webhookSecret: stripeId('whsec', 32) }
}
