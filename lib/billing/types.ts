import type { Millicredits } from '@/lib/millicredits'

/** What a checkout sells, by the catalogue's key: a plan or a pack. */
export type Wanted = { plan: string; pack?: undefined } | { pack: string; plan?: undefined }

export const CHECKOUT_STATUSES = ['open', 'processing', 'paid', 'failed', 'expired', 'checking'] as const

/**
 * `open`: not paid yet. `processing`: paid by a way that takes days, the credits come when the money has. `failed`: that
 * money never came. `expired`: abandoned. `checking`: paid, but not what was sold: staff decide. Only `paid` has given
 * credits.
 */
export type CheckoutStatus = (typeof CHECKOUT_STATUSES)[number]

/** A checkout as it stands at Stripe. */
export type Checkout = {
  sessionId: string
  accountId: string
  kind: 'plan' | 'pack'
  /** Of the plan or the pack. */
  key: string
  /** All of it: credits of one piece times the quantity paid for. For the plan, its monthly credits. */
  credits: Millicredits
  quantity: number
  status: CheckoutStatus
  /** Where the buyer came from; null: from this product. */
  returnTo: string | null
}

/**
 * How the plan of an account and its payment stand.
 *
 * - `free`: never subscribed. `canceled`: Free again, since `endsAt`.
 * - `incomplete`: bought, and its first payment has not arrived; Free until it has.
 * - `active`: renews at `renewsAt`. `trialing`: the plan without its credits, until the trial ends at `renewsAt`.
 * - `cancelling`: the plan until `endsAt`. `pausing`: the same, because its collection is paused.
 * - `processing`: the renewal's payment is on its way; what is left of the credits stays until `renewsAt` at the latest.
 * - `past_due`: the renewal failed; the plan without new credits until the open invoice is paid.
 * - `invoiced`: an invoice waits to be paid by the customer; otherwise as past_due.
 * - `paused`: Free until it is resumed. `unpaid`: Free until its open invoice is paid.
 * - `checking`: what was paid is not what was sold, or Stripe does not know the subscription: staff decide.
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

/** What the API says of the plan somebody is on; of Free, `active` unless a subscription waits for something. */
export type PlanStatus = Exclude<BillingStatus, 'free' | 'canceled'>

export type BillingState = {
  accountId: string
  plan: string
  /** The plan that was subscribed to, also when it is over; null before the first. */
  subscribed: string | null
  status: BillingStatus
  /** When the plan is paid for again, or its payment arrives at the latest; null when it will not be, or while a payment is overdue. */
  renewsAt: Date | null
  /** When the plan ends or ended. */
  endsAt: Date | null
  /** When a pause ends by itself; null when somebody has to resume it. */
  resumesAt: Date | null
  /** What waits to be paid by the customer; null when nothing does. */
  paymentProblem: { nextAttemptAt: Date | null; invoiceUrl: string | null } | null
  /** The plan was bought and its first payment is on its way: it starts when that has arrived. */
  isProcessing: boolean
  /** What staff are checking: what was paid is not what was sold, or Stripe does not know the subscription; null when nothing. */
  checked: 'payment' | 'subscription' | null
  /** When Stripe was last read about it; null before the first subscription. */
  readAt: Date | null
  /** Whether there is anything the customer portal could show. */
  hasCustomer: boolean
}

export const INVOICE_STATUSES = ['open', 'paid', 'void', 'uncollectible'] as const
export type InvoiceStatus = (typeof INVOICE_STATUSES)[number]

export type InvoiceView = {
  id: string
  /** As printed on it. */
  number: string | null
  status: InvoiceStatus
  /** What it is for, in the words on the invoice. */
  description: string
  /** Tax included, in minor units. */
  amount: number
  /** Of the amount. */
  tax: number
  currency: string
  createdAt: Date
  /** Stripe's page of it, and the PDF. */
  url: string | null
  pdfUrl: string | null
}

export const PORTAL_PAGES = ['credits', 'usage', 'billing', 'rewards', 'apps'] as const
export type PortalPage = (typeof PORTAL_PAGES)[number]
