import type { IdKind } from '@/lib/ids'
import type { Micros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import type { Usage } from '@/lib/pricing/usage'

export const GRANT_SOURCES = ['allowance', 'pack', 'reward', 'promo'] as const
export type GrantSource = (typeof GRANT_SOURCES)[number]
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
  /** Where it went back to. */
  parts: Part[]
  balanceAfter: Millicredits
}

export const ENTRY_KINDS = ['grant', 'expire', 'revoke', 'restore'] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

/** A movement that is neither a charge nor a refund. `amount` is signed: above zero comes in, below zero goes out. */
export type Entry = {
  at: Micros
  kind: EntryKind
  grantId: string
  amount: number
  effectiveAt: Micros
  reason: string | null
  balanceAfter: Millicredits
}

/** What a charge or refund adds to the daily roll-up of the payer. */
export type UsageDelta = {
  day: string
  operation: string
  appId: string | null
  charges: number
  base: number
  premium: number
  /** Of `premium`: what earned nothing, because nobody paid it. */
  premiumUnearned: number
  paid: number
  refunded: number
}

/** What a charge or refund adds to the counters of the app's creator. */
export type RewardDelta = {
  creatorId: string
  day: string
  appId: string
  operation: string
  uses: number
  paid: number
  earnedPaid: number
  earnedFree: number
  reversed: number
  /** The parts of `reversed` that paid credits had funded, and that was on hold. */
  reversedPaid: number
  reversedOnHold: number
}

/** An account's one row of balances, and the lock of all that is its own. */
export type Wallet = {
  accountId: string
  plan: string
  /** The tiers whose operations the account may use, as its plan included them when it began. */
  tiers: readonly string[]
  /** The day whose number Free periods start on. */
  anchorDay: Date
  /** Null while nothing ends the plan. */
  planEndsAt: Date | null
  /** When a plan without a paid allowance expects its next credits. */
  planRenewsAt: Date | null
  available: Millicredits
  held: Millicredits
  /** When time alone changes something next. */
  nextDueAt: Date
  /** The instant of the newest movement. */
  lastAt: Micros
}

/** A key that was used, and what it made. `result`: what to remember of the answer; null when the row that was made never changes. */
export type UsedKey = {
  accountId: string
  key: string
  fingerprint: string
  kind: IdKind
  objectId: string
  result: object | null
}

/** Rewards that became spendable credits: a transfer is the grant it made, so the two share their uuid. */
export type RewardTransfer = {
  id: string
  creatorId: string
  amount: Millicredits
  /** The part that paid credits had funded; free ones go first, so that what is left can be paid out. */
  fundedPaid: Millicredits
  /** What was left of the rewards. */
  balanceAfter: Millicredits
  createdAt: Date
}

/** total = base + premium; paid = total − absorbed. */
export function paidOf(charge: Pick<Charge, 'base' | 'premium' | 'absorbed'>): Millicredits {
  return (charge.base + charge.premium - charge.absorbed) as Millicredits
}

/** A change of plan as it was recorded. `planBefore`: null for the plan an account began with. */
export type PlanChange = {
  accountId: string
  at: Micros
  id: string
  planBefore: string | null
  plan: string
}

/** What became of a bought grant when money went back or came again: signed changes, money in minor units. */
export type MoneyBackRow = {
  accountId: string
  at: Micros
  id: string
  grantId: string
  money: number
  credits: number
  revoked: number
  shortfall: number
}
