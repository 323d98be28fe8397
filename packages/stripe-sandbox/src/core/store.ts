import Stripe from 'stripe'

/** Objects of one kind by id, in order of creation. */
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

  /** Rows in the order of Stripe's lists. */
  newestFirst(matches: (row: T) => boolean = () => true): T[] {
    return this.all().filter(matches).reverse()
  }

  clear(): void {
    this.#rows.clear()
  }

  /** Replaces all rows with those of a snapshot, as returned by `all`. */
  load(rows: readonly unknown[]): void {
    this.clear()
    for (const row of rows) this.put(row as T)
  }

  /** Deletes the oldest rows beyond `max`. */
  trim(max: number): void {
    for (const id of this.#rows.keys()) {
      if (this.#rows.size <= max) return
      this.#rows.delete(id)
    }
  }
}

/** A pending bank debit. `id` is that of its payment intent; times are seconds of the sandbox's clock. */
export type Debit = { id: string; settlesAt: number; arrives: boolean }

/** The terms of a checkout session that Stripe's object does not show. `id` is that of the session. */
export type SessionPlan = {
  id: string
  lineItems: Stripe.LineItem[]
  subscriptionMetadata: Stripe.Metadata
  subscriptionDescription: string | null
  paymentMetadata: Stripe.Metadata
  paymentDescription: string | null
  receiptEmail: string | null
  /** When the trial ends, as a Unix timestamp in seconds, or its length in days from the purchase. */
  trial: { end: number } | { days: number } | null
  missingPaymentMethod: 'cancel' | 'create_invoice' | 'pause'
  /** True if a one-time payment saves its method for off-session payments. */
  savesMethod: boolean
  /** The fields of an existing customer that are updated from the buyer's input. */
  customerUpdate: { address: boolean; name: boolean }
  /** The currencies that the buyer can choose from. A single one is the session's own. */
  currencies: string[]
  /** The payment intent whose bank debit is pending. */
  pendingIntent: string | null
}

export type IdempotentResult = {
  id: string
  fingerprint: string
  status: number
  body: string
  createdAt: number
}

/** One delivery of an event to an endpoint. Times are seconds of the sandbox's clock. */
export type Delivery = {
  id: string
  event: string
  endpoint: string
  attempt: number
  notBefore: number
}

/** The state of a subscription that Stripe's object does not show. `id` is that of the subscription. */
export type SubscriptionNote = {
  id: string
  /** True once `trial_will_end` was sent. */
  hasTrialNotice: boolean
  /** The invoice of a resumption or of an update that is waiting for its payment. */
  waitsFor: string | null
  /** When that invoice is voided if it is unpaid, in seconds of the sandbox's clock. */
  waitsUntil: number | null
}

/** A price's amounts in other currencies, which Stripe shows only if they are expanded. `id` is that of the price. */
export type PriceOptions = { id: string; options: Record<string, Stripe.Price.CurrencyOptions> }

export function createStore() {
  return {
    customers: new Table<Stripe.Customer>(),
    deletedCustomers: new Table<Stripe.DeletedCustomer>(),
    customerBalance: new Table<Stripe.CustomerBalanceTransaction>(),
    taxIds: new Table<Stripe.TaxId>(),
    products: new Table<Stripe.Product>(),
    prices: new Table<Stripe.Price>(),
    coupons: new Table<Stripe.Coupon>(),
    promotionCodes: new Table<Stripe.PromotionCode>(),
    discounts: new Table<Stripe.Discount>(),
    paymentMethods: new Table<Stripe.PaymentMethod>(),
    setupIntents: new Table<Stripe.SetupIntent>(),
    sessions: new Table<Stripe.Checkout.Session>(),
    paymentIntents: new Table<Stripe.PaymentIntent>(),
    charges: new Table<Stripe.Charge>(),
    subscriptions: new Table<Stripe.Subscription>(),
    schedules: new Table<Stripe.SubscriptionSchedule>(),
    invoiceItems: new Table<Stripe.InvoiceItem>(),
    invoices: new Table<Stripe.Invoice>(),
    invoicePayments: new Table<Stripe.InvoicePayment>(),
    creditNotes: new Table<Stripe.CreditNote>(),
    refunds: new Table<Stripe.Refund>(),
    disputes: new Table<Stripe.Dispute>(),
    balanceTransactions: new Table<Stripe.BalanceTransaction>(),
    portalConfigurations: new Table<Stripe.BillingPortal.Configuration>(),
    portalSessions: new Table<Stripe.BillingPortal.Session>(),
    webhookEndpoints: new Table<Stripe.WebhookEndpoint>(),
    events: new Table<Stripe.EventBase>(),
    sessionPlans: new Table<SessionPlan>(),
    debits: new Table<Debit>(),
    subscriptionNotes: new Table<SubscriptionNote>(),
    priceOptions: new Table<PriceOptions>(),
    deliveries: new Table<Delivery>(),
    dropped: new Table<Delivery>(),
    idempotency: new Table<IdempotentResult>(),
  }
}

export type Store = ReturnType<typeof createStore>

/** Internal tables, whose rows the API can neither read nor expand. */
export const INTERNAL_TABLES: ReadonlySet<string> = new Set<keyof Store>([
  'sessionPlans',
  'debits',
  'subscriptionNotes',
  'priceOptions',
  'deliveries',
  'dropped',
  'idempotency',
])

/** Restores decimals, which Stripe sends as strings, to the `Decimal` type of the `stripe` library. */
export function reviveDecimal(key: string, value: unknown): unknown {
  return key.endsWith('_decimal') && typeof value === 'string' ? Stripe.Decimal.from(value) : value
}

export function copy<T>(value: T): T {
  const made: T = JSON.parse(JSON.stringify(value), reviveDecimal)
  return made
}
