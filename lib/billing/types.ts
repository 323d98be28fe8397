import type { Plan } from '@/lib/catalog'
import type { Millicredits } from '@/lib/millicredits'

/** The item that a checkout sells, a plan or a pack, by its key in the catalogue. */
export type Wanted = { plan: string; pack?: undefined } | { pack: string; plan?: undefined }

export const CHECKOUT_STATUSES = ['open', 'processing', 'paid', 'failed', 'expired', 'checking'] as const

/**
 * `open`: not paid yet. `processing`: paid by a method that takes days; the credits are granted when the money arrives.
 * `failed`: the money never arrived, or staff refunded it. `expired`: abandoned. `checking`: paid, but the payment differs
 * from what was sold, so staff decide. Only `paid` has granted credits.
 */
export type CheckoutStatus = (typeof CHECKOUT_STATUSES)[number]

/** The state of a checkout in Stripe. */
export type Checkout = {
  sessionId: string
  accountId: string
  kind: 'plan' | 'pack'
  /** The key of the plan or pack. */
  key: string
  /** The total: credits per pack times the quantity paid for, or the plan's monthly credits. */
  credits: Millicredits
  quantity: number
  status: CheckoutStatus
  /** The trial that has begun, or `refused` if its card had already had one; null for any other purchase. */
  trial:
    | { credits: Millicredits; endsAt: Date; price: { amount: number; currency: string } }
    | 'refused'
    | null
  /** The buyer's return URL; null if the checkout returns to this product. */
  returnTo: string | null
}

/**
 * The state of an account's plan and of its payment.
 *
 * - `free`: no plan was ever paid. `canceled`: Free again since `endsAt`.
 * - `incomplete`: bought, and the first payment has not arrived; Free until it has.
 * - `active`: renews at `renewsAt`. `trialing`: the plan with the credits of its trial, if any, until that ends at
 *   `renewsAt`.
 * - `cancelling`: the plan until `endsAt`. `pausing`: the same, because its collection is paused.
 * - `processing`: the renewal's payment is pending; the remaining credits stay until `renewsAt` at the latest.
 * - `past_due`: the renewal failed; the plan without new credits until the open invoice is paid.
 * - `invoiced`: an invoice is waiting to be paid by the customer; otherwise like `past_due`.
 * - `paused`: Free until it is resumed. `unpaid`: Free until its open invoice is paid.
 * - `checking`: the payment differs from what was sold, or Stripe does not know the subscription; staff decide.
 */
export type BillingStatus =
  | 'free'
  | 'canceled'
  | 'incomplete'
  | 'active'
  | 'trialing'
  | 'cancelling'
  | 'pausing'
  | 'processing'
  | 'past_due'
  | 'invoiced'
  | 'paused'
  | 'unpaid'
  | 'checking'

/** The plan's status in the API. For Free it is `active` unless a subscription is waiting for something. */
export type PlanStatus = Exclude<BillingStatus, 'free' | 'canceled'>

export type BillingState = {
  accountId: string
  plan: string
  /** The plan that the platform set and bills: this one, or the one that follows it at `endsAt`; null if none was set. */
  platformPlan: string | null
  /** The subscribed plan, even if it is over; null before the first has started or waits for its payment. */
  subscribed: string | null
  status: BillingStatus
  /** The plan as it was sold: what it brings and costs while it renews. Null on the free plan. */
  sold: Plan | null
  /**
   * The current trial, or `refused` if the subscription's trial was refused because its card had already had one;
   * otherwise null.
   */
  trial: { credits: Millicredits } | 'refused' | null
  /** True once the account has had a trial, after which it gets no other. */
  hadTrial: boolean
  /** The change of plan at the end of the period; null if there is none. */
  next: { plan: string; at: Date } | null
  /** The upgrade that waits for its payment, and where to pay: null if that is pending. Null if there is none. */
  pending: { plan: string; url: string | null } | null
  /**
   * When the next payment is due, or the latest time at which a pending one arrives; null if there is none or it is overdue.
   */
  renewsAt: Date | null
  /** When the plan ends or ended. */
  endsAt: Date | null
  /** When a pause ends on its own; null if it must be resumed by hand. */
  resumesAt: Date | null
  /** The invoice that the customer has to pay; null if there is none. */
  paymentProblem: { nextAttemptAt: Date | null; invoiceUrl: string | null } | null
  /** True if the plan was bought and starts when its pending first payment arrives. */
  isProcessing: boolean
  /**
   * The matter that staff are checking: a payment that differs from what was sold, or a subscription unknown to Stripe;
   * null if nothing.
   */
  checked: 'payment' | 'subscription' | null
  /** The currency of all purchases while a subscription is active; null if any may be chosen. */
  currency: string | null
  /** When Stripe was last read; null before the first subscription. */
  readAt: Date | null
  /** True if the customer portal has anything to show. */
  hasCustomer: boolean
}

export const INVOICE_STATUSES = ['open', 'paid', 'void', 'uncollectible'] as const
export type InvoiceStatus = (typeof INVOICE_STATUSES)[number]

export type InvoiceView = {
  id: string
  /** The number printed on the invoice. */
  number: string | null
  status: InvoiceStatus
  /** True if it is open and a payment is pending. */
  isProcessing: boolean
  /** The money returned so far, in minor units. */
  refunded: number
  /** Everything that was paid has been returned. */
  isRefunded: boolean
  /** The description on the invoice. */
  description: string
  /** The amount in minor units, including tax. */
  amount: number
  /** The tax included in the amount. */
  tax: number
  currency: string
  createdAt: Date
  /** The URLs of Stripe's page for the invoice and of its PDF. */
  url: string | null
  pdfUrl: string | null
}

export const PORTAL_PAGES = ['credits', 'usage', 'billing', 'rewards', 'apps', 'limits'] as const
export type PortalPage = (typeof PORTAL_PAGES)[number]
