import type { Micros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import type { Usage } from '@/lib/pricing/usage'

export type GrantSource = 'allowance' | 'pack' | 'reward' | 'promo'
export type HoldStatus = 'open' | 'captured' | 'released' | 'expired'

/** A share of an amount that lies on one grant. */
export type Part = { grantId: string; amount: Millicredits }

/** What was paid for a grant: minor units (cents), tax included in `amount`, and the Stripe objects that prove it. */
export type Payment = {
  amount: number
  tax: number
  currency: string
  stripePayment: string | null
  stripeLine: string
}

/** One lot of credits. granted = remaining + held + used + expired + revoked, always. */
export type Grant = {
  id: string
  source: GrantSource
  granted: Millicredits
  remaining: Millicredits
  held: Millicredits
  used: Millicredits
  expired: Millicredits
  revoked: Millicredits
  /** What refunds and disputes of its payment are to take back of it in all. */
  moneyBack: Millicredits
  /** The part of `moneyBack` that was spent already; paid first by what is freed onto this grant. */
  shortfall: Millicredits
  /** Null: never expires. */
  expiresAt: Date | null
  /** Null for all but the allowance. */
  period: { plan: string; start: Date; end: Date } | null
  payment: Payment | null
  reason: string | null
  createdAt: Date
}

/** What the caller may attach to a hold or a charge. Creators never see it. */
export type Annotations = {
  reference: string | null
  metadata: Record<string, string> | null
  fingerprint: string | null
}

/** What is metered, and at what price: fixed when a hold or a charge is made. */
export type Metered = {
  operation: string
  appId: string | null
  usage: Usage
  priceVersion: number
  premiumBps: number
}

export type Hold = Metered &
  Annotations & {
    id: string
    accountId: string
    amount: Millicredits
    /** Capture never takes more; null means no limit of its own. */
    limit: Millicredits | null
    status: HoldStatus
    parts: Part[]
    expiresAt: Date
    createdAt: Date
    /** Null while open. */
    closedAt: Date | null
  }

export type Charge = Metered &
  Annotations & {
    id: string
    accountId: string
    at: Micros
    creatorId: string | null
    base: Millicredits
    premium: Millicredits
    absorbed: Millicredits
    reward: Millicredits
    parts: Part[]
    balanceAfter: Millicredits
    holdId: string | null
  }

/** What a payer lets an app spend in a period. What the app's open holds reserve counts too. */
export type Budget = {
  appId: string
  /** Null: no limit. */
  monthlyLimit: Millicredits | null
  paused: boolean
  /** Spent in the period that began at `periodStart`: an instant that no movement shares, unless it is the period's own. */
  used: Millicredits
  periodStart: Micros
}

export type Refund = {
  id: string
  accountId: string
  chargeId: string
  at: Micros
  amount: Millicredits
  reason: string
  rewardReversed: Millicredits
}

/** total = base + premium; paid = total − absorbed. */
export function paidOf(charge: Pick<Charge, 'base' | 'premium' | 'absorbed'>): Millicredits {
  return (charge.base + charge.premium - charge.absorbed) as Millicredits
}
