import Stripe from 'stripe'

/** One kind of object by id, in the order they were made. */
export class Table<T extends { id: string }> {
  readonly #rows = new Map<string, T>()

  get(id: string): T | undefined {
    return this.#rows.get(id)
  }

  put(row: T): T {
    this.#rows.set(row.id, row)
    return row
  }

  delete(id: string): void {
    this.#rows.delete(id)
  }

  all(): T[] {
    return [...this.#rows.values()]
  }

  /** Stripe lists the newest first. */
  newestFirst(matches: (row: T) => boolean = () => true): T[] {
    return this.all().filter(matches).reverse()
  }

  clear(): void {
    this.#rows.clear()
  }

  /** Forgets the oldest rows beyond `max`. */
  trim(max: number): void {
    for (const id of this.#rows.keys()) {
      if (this.#rows.size <= max) return
      this.#rows.delete(id)
    }
  }
}

/** What a checkout session promises but Stripe's object does not show. `id` is the session's. */
export type SessionPlan = {
  id: string
  lineItems: Stripe.LineItem[]
  subscriptionMetadata: Stripe.Metadata
  subscriptionDescription: string | null
  paymentMetadata: Stripe.Metadata
  paymentDescription: string | null
  receiptEmail: string | null
  /** A payment that is still on its way: what will become of it, and when (seconds). */
  pending: { outcome: 'succeeds' | 'fails'; settlesAt: number } | null
}

export type IdempotentResult = {
  id: string
  fingerprint: string
  status: number
  body: string
  createdAt: number
}

/** One attempt at telling one endpoint about one event. Times in seconds of the sandbox's clock. */
export type Delivery = {
  id: string
  event: string
  endpoint: string
  attempt: number
  notBefore: number
}

export function createStore() {
  return {
    customers: new Table<Stripe.Customer>(),
    deletedCustomers: new Table<Stripe.DeletedCustomer>(),
    products: new Table<Stripe.Product>(),
    prices: new Table<Stripe.Price>(),
    paymentMethods: new Table<Stripe.PaymentMethod>(),
    sessions: new Table<Stripe.Checkout.Session>(),
    sessionPlans: new Table<SessionPlan>(),
    paymentIntents: new Table<Stripe.PaymentIntent>(),
    charges: new Table<Stripe.Charge>(),
    subscriptions: new Table<Stripe.Subscription>(),
    invoices: new Table<Stripe.Invoice>(),
    invoicePayments: new Table<Stripe.InvoicePayment>(),
    refunds: new Table<Stripe.Refund>(),
    disputes: new Table<Stripe.Dispute>(),
    balanceTransactions: new Table<Stripe.BalanceTransaction>(),
    portalSessions: new Table<Stripe.BillingPortal.Session>(),
    webhookEndpoints: new Table<Stripe.WebhookEndpoint>(),
    events: new Table<Stripe.EventBase>(),
    deliveries: new Table<Delivery>(),
    dropped: new Table<Delivery>(),
    idempotency: new Table<IdempotentResult>(),
  }
}

export type Store = ReturnType<typeof createStore>

/** Stripe sends decimals as strings; the `stripe` library's types hold them as `Decimal`. */
function reviveDecimal(key: string, value: unknown): unknown {
  return key.endsWith('_decimal') && typeof value === 'string' ? Stripe.Decimal.from(value) : value
}

/** A deep copy, for remembering how an object was or handing it out. */
export function copy<T>(value: T): T {
  const made: T = JSON.parse(JSON.stringify(value), reviveDecimal)
  return made
}

type StoreRows = { [K in keyof Store]?: Array<ReturnType<Store[K]['all']>[number]> }

/** What survives a restart. */
export type Snapshot = {
  version: 1
  /** Where links in the objects point; rewritten when the sandbox comes back on another port. */
  baseUrl: string
  offsetMs: number
  secretKey: string
  webhookSecret: string
  store: StoreRows
}

/** How much of what only looks back is kept over a restart; the file is written after every change. */
const EVENTS_KEPT = 300
const ANSWERS_KEPT = 300

/** All rows but old events that no one waits for and old answers to idempotency keys. */
export function keptRows(store: Store): StoreRows {
  const rows: StoreRows = Object.fromEntries(
    Object.entries(store).map(([name, table]) => [name, table.all()]),
  )
  const awaited = new Set([...store.deliveries.all(), ...store.dropped.all()].map(({ event }) => event))
  const events = store.events.all()
  rows.events = events.filter(({ id }, index) => index >= events.length - EVENTS_KEPT || awaited.has(id))
  rows.idempotency = store.idempotency.all().slice(-ANSWERS_KEPT)
  return rows
}

export function parseSnapshot(text: string): Snapshot {
  const snapshot: Snapshot = JSON.parse(text, reviveDecimal)
  if (snapshot.version !== 1) throw new Error('a snapshot of another version')
  return snapshot
}

/** Replaces all rows by those of a snapshot; tables the snapshot lacks become empty. */
export function restoreStore(store: Store, snapshot: StoreRows): void {
  const fill = <T extends { id: string }>(table: Table<T>, rows: T[] | undefined): void => {
    table.clear()
    for (const row of rows ?? []) table.put(row)
  }
  fill(store.customers, snapshot.customers)
  fill(store.deletedCustomers, snapshot.deletedCustomers)
  fill(store.products, snapshot.products)
  fill(store.prices, snapshot.prices)
  fill(store.paymentMethods, snapshot.paymentMethods)
  fill(store.sessions, snapshot.sessions)
  fill(store.sessionPlans, snapshot.sessionPlans)
  fill(store.paymentIntents, snapshot.paymentIntents)
  fill(store.charges, snapshot.charges)
  fill(store.subscriptions, snapshot.subscriptions)
  fill(store.invoices, snapshot.invoices)
  fill(store.invoicePayments, snapshot.invoicePayments)
  fill(store.refunds, snapshot.refunds)
  fill(store.disputes, snapshot.disputes)
  fill(store.balanceTransactions, snapshot.balanceTransactions)
  fill(store.portalSessions, snapshot.portalSessions)
  fill(store.webhookEndpoints, snapshot.webhookEndpoints)
  fill(store.events, snapshot.events)
  fill(store.deliveries, snapshot.deliveries)
  fill(store.dropped, snapshot.dropped)
  fill(store.idempotency, snapshot.idempotency)
}
