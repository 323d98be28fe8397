import type Stripe from 'stripe'
import { type Account, newAccount } from './core/account'
import type { TestClock } from './core/clock'
import type { Courier, DeliveryResult } from './core/delivery'
import { noSuch } from './core/errors'
import { type Faults, noFaults } from './core/faults'
import { idOf, stripeId } from './core/ids'
import { copy, type Delivery } from './core/store'
import type { World } from './core/world'
import { debitOf, settleDebit } from './flows/bank-debits'
import { type CheckoutResult, type Outcome, payCheckout } from './flows/checkout'
import { addressIn } from './flows/checkout-customer'
import { chooseCurrency, enterCode, planOf } from './flows/checkout-totals'
import { payPart } from './flows/collect'
import { switchPaymentMethod } from './flows/payment-method'
import { findSession } from './resources/checkout-sessions'
import { findCustomer } from './resources/customers'
import { type DisputeStep, findDispute, moveDispute, openDispute } from './resources/disputes'
import { buildEndpoint } from './resources/events'
import { findInvoice } from './resources/invoices'
import {
  attachPaymentMethod,
  createPaymentMethod,
  makeDefault,
  type PaymentKind,
} from './resources/payment-methods'
import { findCharge, findIntent } from './resources/payments'
import { checkAmount, createRefund, findRefund, settleRefund } from './resources/refunds'

/** The id of the endpoint set by the `webhookUrl` option instead of the API. */
const OWN_ENDPOINT = 'we_sandbox'

export type PendingEvent = {
  delivery: string
  event: string
  type: string
  endpoint: string
  attempt: number
  dueAt: Date
}

/** A charge, identified by its own id or by its payment intent. */
export type ChargeRef = { charge: string } | { paymentIntent: string }

/** The controls for tests, the demo and `POST /_sandbox/…` beyond Stripe's API. */
export type SandboxControl = {
  now(): Date
  /** Moves time forward and triggers everything that falls due. Throws RangeError for a time in the past. */
  advanceTo(instant: Date | string): Promise<Date>
  /** Triggers everything that is due. The API does this before every call. */
  settle(): void
  faults(): Faults
  /** Changes the given faults; `resetFaults` removes all. */
  setFaults(change: Partial<Faults>): Faults
  resetFaults(): void
  pendingEvents(): PendingEvent[]
  droppedEvents(): PendingEvent[]
  /** Sends each waiting delivery once. `early` includes delayed deliveries. */
  deliverPending(options?: { early?: boolean }): Promise<DeliveryResult[]>
  /** Sends one delivery now, regardless of its place in the queue. */
  deliver(delivery: string): Promise<DeliveryResult>
  /** Queues all dropped deliveries again, or one event even if it was delivered. Returns the number of deliveries queued. */
  resend(event?: string): number
  /** Resolves when no due delivery is waiting. */
  idle(): Promise<void>
  events(type?: string): Stripe.EventBase[]
  /** Sets the URL for events, in addition to endpoints created through the API; null removes it. */
  setWebhookUrl(url: string | null): void
  /** The account's identity and settings. */
  account(): Account
  /** Changes the account settings that the owner chooses in Stripe's dashboard. */
  setAccount(change: Partial<Omit<Account, 'id' | 'livemode'>>): Account
  /** Replaces the account with an empty one at the same URL with the same key. The webhook and the time are kept. */
  swapAccount(options?: { livemode?: boolean }): Account
  /** Pays an open session as its hosted page would. Throws for an invalid promotion code. */
  payCheckout(session: string, payment?: CheckoutPayment): CheckoutResult
  /** Sets the bank's answer to the pending debit for a checkout session or an invoice. */
  settleAsyncPayment(session: string, outcome: 'succeeds' | 'fails'): void
  settleInvoicePayment(invoice: string, outcome: 'succeeds' | 'fails'): void
  /** Pays an open invoice, in full or in part, with a card that succeeds. */
  payInvoice(invoice: string, amount?: number): Stripe.Invoice
  /** Makes a refund as the Stripe dashboard does. */
  refund(charge: ChargeRef, amount?: number): Stripe.Refund
  settleRefund(refund: string, status: 'succeeded' | 'failed'): Stripe.Refund
  openDispute(
    charge: ChargeRef,
    options?: { amount?: number; reason?: string; inquiry?: boolean },
  ): Stripe.Dispute
  moveDispute(dispute: string, step: DisputeStep): Stripe.Dispute
  /** Saves a new default payment method for the customer; `card_fails_later` fails at the next charge. */
  setPaymentMethod(customer: string, kind: PaymentKind): void
  /** Deletes everything except the account, the endpoint set at start and the time. */
  reset(): void
}

/** The buyer's input on the checkout page. */
export type CheckoutPayment = {
  outcome?: Outcome
  email?: string
  /** One of the currencies that all of the session's prices have. */
  currency?: string
  code?: string
  name?: string
  /** The country of the billing address. */
  country?: string
  taxId?: { type: string; value: string }
}

type Parts = {
  world: World
  clock: TestClock
  courier: Courier
  webhookSecret: string
  /** Starts due deliveries and writes the snapshot. */
  changed: () => void
  /** Releases calls that wait for the "no answer" fault to end. */
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
  const forget = (): void => {
    const own = store.webhookEndpoints.get(OWN_ENDPOINT)
    for (const table of Object.values(store)) table.clear()
    if (own !== undefined) store.webhookEndpoints.put(own)
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
    account: () => structuredClone(world.account),
    setAccount: (change) =>
      acting(() => {
        Object.assign(world.account, structuredClone(change))
        return structuredClone(world.account)
      }),
    swapAccount: (options) => {
      forget()
      world.account = { ...newAccount(world.account.bankDebitSeconds), ...options }
      changed()
      return structuredClone(world.account)
    },
    payCheckout: (id, payment = {}) =>
      acting(() => {
        const session = findSession(world, id)
        if (session.status !== 'open') throw new Error(`${id} is ${session.status}`)
        const { outcome = 'card', currency, code, country, name, taxId } = payment
        if (currency !== undefined) chooseCurrency(world, session, currency)
        if (code !== undefined && !enterCode(world, session, code))
          throw new Error(`The code ${code} is invalid`)
        const customer = store.customers.get(idOf(session.customer) ?? '')
        const email = payment.email ?? session.customer_email ?? customer?.email ?? 'buyer@example.com'
        const address = country === undefined ? null : addressIn(country)
        return payCheckout(world, session, { outcome, email, name, address, taxId, quantities: new Map() })
      }),
    settleAsyncPayment: (id, outcome) =>
      acting(() => {
        const { pendingIntent } = planOf(world, findSession(world, id))
        const intent = store.paymentIntents.get(pendingIntent ?? '')
        if (intent !== undefined) settleDebit(world, intent, outcome === 'succeeds')
      }),
    settleInvoicePayment: (id, outcome) =>
      acting(() => {
        const intent = debitOf(world, findInvoice(world, id).id)
        if (intent === undefined) throw new Error(`${id} has no pending payment`)
        settleDebit(world, intent, outcome === 'succeeds')
      }),
    payInvoice: (id, amount) =>
      acting(() => {
        const invoice = findInvoice(world, id)
        if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
          throw new Error(`${id} is ${invoice.status}`)
        }
        const method = createPaymentMethod(world, 'card', invoice.customer_email)
        payPart(world, invoice, method, amount ?? invoice.amount_remaining)
        return copy(invoice)
      }),
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
        makeDefault(world, method, customer)
        switchPaymentMethod(world, customer, method)
      }),
    reset: () => {
      forget()
      setFaults(noFaults())
    },
  }
}

/** Generates secrets in the format of Stripe's secrets. */
export function newSecrets(): { secretKey: string; webhookSecret: string } {
  return { secretKey: stripeId('sk_test', 32), webhookSecret: stripeId('whsec', 32) }
}
