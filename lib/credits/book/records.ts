import type { IdKind } from '@/lib/ids'
import type { Micros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import type { Usage } from '@/lib/pricing/usage'

export const GRANT_SOURCES = ['allowance', 'pack', 'reward', 'promo'] as const
export type GrantSource = (typeof GRANT_SOURCES)[number]
export type HoldStatus = 'open' | 'captured' | 'released' | 'expired'

/** One grant's share of an amount. */
export type Part = { grantId: string; amount: Millicredits }

/** The payment for a grant in minor units (cents; `amount` includes tax), with the Stripe objects that prove it. */
export type Payment = {
  amount: number
  tax: number
  currency: string
  stripePayment: string | null
  stripeLine: string
}

/** One lot of credits. Always: granted = remaining + held + used + expired + revoked. */
export type Grant = {
  id: string
  source: GrantSource
  granted: Millicredits
  remaining: Millicredits
  held: Millicredits
  used: Millicredits
  expired: Millicredits
  revoked: Millicredits
  /** The total that refunds and disputes of the payment take back from the grant. */
  moneyBack: Millicredits
  /** The part of `moneyBack` that was already spent. Credits freed onto this grant pay it off first. */
  shortfall: Millicredits
  /** Null if the grant never expires. */
  expiresAt: Date | null
  /** Null unless the grant is an allowance. */
  period: { plan: string; start: Date; end: Date } | null
  payment: Payment | null
  /** The month of the line that paid, from 0; 0 if the line paid for a single month. */
  lineMonth: number
  reason: string | null
  createdAt: Date
}

/** The `reason` of an allowance that a trial brought. */
export const TRIAL = 'trial'

export function isTrialGrant({ source, reason }: Pick<Grant, 'source' | 'reason'>): boolean {
  return source === 'allowance' && reason === TRIAL
}

/** A line that pays for several months in one payment: each month has a grant of its own. */
export type PaidLine = {
  plan: string
  /** The credits of one month. */
  credits: Millicredits
  period: { start: Date; end: Date }
  /** The payment for all months. */
  payment: Payment
  months: number
  /** The number of months that have begun. */
  begun: number
  /** When the next month begins; null if none will. */
  nextAt: Date | null
  /** The returned part of the line's payment, in minor units. */
  returned: number
}

/** The caller's notes on a hold or a charge. Creators never see them. */
export type Annotations = {
  reference: string | null
  metadata: Record<string, string> | null
  fingerprint: string | null
}

/** The metered usage and its price, fixed when a hold or a charge is made. */
export type Metered = {
  operation: string
  appId: string | null
  /** The run that it belongs to; null outside any run. */
  runId: string | null
  usage: Usage
  priceVersion: number
  premiumBps: number
}

export type Hold = Metered &
  Annotations & {
    id: string
    accountId: string
    amount: Millicredits
    /** The maximum that a capture may take; null if the hold has no limit. */
    limit: Millicredits | null
    status: HoldStatus
    parts: Part[]
    expiresAt: Date
    createdAt: Date
    /** Null while the hold is open. */
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

/** A payer's limit for one app and period. Open holds of the app count too. */
export type Budget = {
  appId: string
  /** Null if there is no limit. */
  monthlyLimit: Millicredits | null
  paused: boolean
  /** Spending since `periodStart`, which no movement shares unless it is the period's own start. */
  used: Millicredits
  periodStart: Micros
  /** The start of the last month in which a refusal was reported; null if none was since the limit changed. */
  toldFor: Date | null
}

/** The scope of a limit: the whole account, the editor's operations or an app. */
export const LIMIT_SCOPES = ['account', 'editor', 'app'] as const
export type LimitScope = (typeof LIMIT_SCOPES)[number]

export const LIMIT_WINDOWS = ['day', 'week', 'month'] as const
/** A UTC day, an ISO week, or the month of the allowance. */
export type LimitWindow = (typeof LIMIT_WINDOWS)[number]

/** The limits of an account in one scope, with the spending of each window. A window that has ended counts as empty. */
export type Limit = {
  scope: LimitScope
  /** Null unless the scope is an app. */
  appId: string | null
  dayLimit: Millicredits | null
  weekLimit: Millicredits | null
  monthLimit: Millicredits | null
  /** The day, and the first day of the ISO week, as YYYY-MM-DD. */
  day: string
  dayUsed: Millicredits
  week: string
  weekUsed: Millicredits
  /** The start of the month; it has the same meaning as a budget's `periodStart`. */
  monthStart: Micros
  monthUsed: Millicredits
  /** The start of the last window in which a refusal was reported; null if none was since its limit changed. */
  dayTold: Date | null
  weekTold: Date | null
  monthTold: Date | null
}

/** The work of an agent: many holds and charges that together never exceed `cap`. */
export type Run = {
  accountId: string
  id: string
  appId: string | null
  cap: Millicredits
  label: string | null
  /** The number of its charges. */
  charges: number
  /** The sum of its charges without what was absorbed or refunded. */
  spent: Millicredits
  createdAt: Date
  closesAt: Date
  /** The last cap at which a refusal was reported; null if none was. */
  toldCap: Millicredits | null
}

export type Refund = {
  id: string
  accountId: string
  chargeId: string
  at: Micros
  amount: Millicredits
  reason: string
  rewardReversed: Millicredits
  /** The grants that the credits returned to. */
  parts: Part[]
  balanceAfter: Millicredits
}

export const ENTRY_KINDS = ['grant', 'expire', 'revoke', 'restore'] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

/** A movement that is neither a charge nor a refund. A positive `amount` adds credits, a negative one removes them. */
export type Entry = {
  at: Micros
  kind: EntryKind
  grantId: string
  amount: number
  effectiveAt: Micros
  reason: string | null
  balanceAfter: Millicredits
}

/** The amounts a charge or refund adds to the payer's daily roll-up. */
export type UsageDelta = {
  day: string
  operation: string
  appId: string | null
  charges: number
  base: number
  premium: number
  /** The part of `premium` that earned nothing because it was not paid. */
  premiumUnearned: number
  paid: number
  refunded: number
}

/** The amounts a charge or refund adds to the counters of the app's creator. */
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
  /** The parts of `reversed` that paid credits funded (`reversedPaid`) and that were withheld (`reversedOnHold`). */
  reversedPaid: number
  reversedOnHold: number
}

/** An account's balances. The row is also the lock of the whole account. */
export type Wallet = {
  accountId: string
  plan: string
  /** The tiers the account may use, copied from its plan when the plan began. */
  tiers: readonly string[]
  /** The sign-up date. Free periods start on its day of the month. */
  anchorDay: Date
  /** Null if the plan has no known end. */
  planEndsAt: Date | null
  /** When a plan without a paid allowance expects its next credits. */
  planRenewsAt: Date | null
  /** The plan set by the platform: in effect, or next when the current one ends; null if none was set. */
  platformPlan: string | null
  available: Millicredits
  held: Millicredits
  /** The next instant at which something falls due. */
  nextDueAt: Date
  /**
   * A movement that brings available + held down to this level takes the one-by-one path, which records its event; −1
   * if there is no such level.
   */
  tellBelow: number
  /** The balance thresholds that were reported and not reset since (`book/tell.ts`). */
  toldLines: readonly string[]
  /** The instant of the newest movement. */
  lastAt: Micros
}

/**
 * A used key and the object it created. `result` is the part of the answer to store; null if the object's row never
 * changes.
 */
export type UsedKey = {
  accountId: string
  key: string
  fingerprint: string
  kind: IdKind
  objectId: string
  result: object | null
}

/** Rewards that became spendable credits. A transfer and its grant share their UUID. */
export type RewardTransfer = {
  id: string
  creatorId: string
  amount: Millicredits
  /** The part that paid credits funded. Free-funded rewards move first, so that the remaining ones can be paid out. */
  fundedPaid: Millicredits
  /** The reward balance after the transfer. */
  balanceAfter: Millicredits
  createdAt: Date
}

/** total = base + premium; paid = total − absorbed. */
export function paidOf(charge: Pick<Charge, 'base' | 'premium' | 'absorbed'>): Millicredits {
  return (charge.base + charge.premium - charge.absorbed) as Millicredits
}

/** A recorded change of plan. `planBefore` is null for an account's first plan. */
export type PlanChange = {
  accountId: string
  at: Micros
  id: string
  planBefore: string | null
  plan: string
}

/** Signed changes to a bought grant caused by returned money, or by money that came back; money in minor units. */
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
