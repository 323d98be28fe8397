import type { Millicredits } from '@/lib/millicredits'

/** What a checkout sells, by the catalogue's key: a plan or a pack. */
export type Wanted = { plan: string; pack?: undefined } | { pack: string; plan?: undefined }

/**
 * `open`: not paid yet. `processing`: paid by a way that takes days, the credits come when the money has. `failed`: that
 * money never came. `expired`: abandoned. Only `paid` has given credits.
 */
export type CheckoutStatus = 'open' | 'processing' | 'paid' | 'failed' | 'expired'

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
 * `free`: never subscribed. `active`: renews at `renewsAt`. `cancelling`: the plan lasts until `endsAt`. `past_due`: the plan
 * without a new allowance until the open invoice is paid. `canceled`: Free again, since `endsAt`.
 */
export type BillingStatus = 'free' | 'active' | 'cancelling' | 'past_due' | 'canceled'

export type BillingState = {
  accountId: string
  /** The key of the plan. */
  plan: string
  status: BillingStatus
  /** When the plan is paid for again; null when it will not be, or while a payment is overdue. */
  renewsAt: Date | null
  /** When the plan ends or ended. */
  endsAt: Date | null
  /** What keeps the renewal from being paid; null when nothing does. */
  paymentProblem: { nextAttemptAt: Date | null; invoiceUrl: string | null } | null
  /** A plan was bought and its first payment is on its way: the plan starts when it has arrived. */
  isProcessing: boolean
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
  currency: string
  createdAt: Date
  /** Stripe's page of it, and the PDF. */
  url: string | null
  pdfUrl: string | null
}

export const PORTAL_PAGES = ['credits', 'usage', 'billing', 'rewards', 'apps'] as const
export type PortalPage = (typeof PORTAL_PAGES)[number]
