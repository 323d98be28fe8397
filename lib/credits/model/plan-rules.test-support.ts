import {
  beginMonth,
  closeLines,
  expireRest,
  GRACE,
  grantAt,
  isOver,
  issue,
  type ModelAccount,
  type ModelGrant,
  type ModelPlan,
  PLANS,
  returnMoney,
  settle,
  settleEnds,
  startFreePeriod,
} from './state.test-support'

/** A subscription in Stripe: its plan, its start, its past or planned end, and what became of its last renewal. */
export type Subscription = {
  plan: ModelPlan
  startedAt: number
  endsAt: number | null
  renewal: Renewal
}
type Life = Pick<Subscription, 'startedAt' | 'endsAt'>
/** A bank has until `by` to answer a debit. */
export type Renewal = 'awaited' | 'overdue' | { by: number }

/** One reading of Stripe: paid lines, the state of the subscription and the returned money of a payment. */
export type Reading = {
  /** True if a newer reading was applied before. */
  isStale: boolean
  packs: { line: string; payment: string; amount: number; cents: number; expiresAt: number | null }[]
  periods: PaidPeriod[]
  subscription: Subscription | null
  returned: { payment: string; cents: number }[]
}

/** `own`: the lines of the same subscription; an upgrade interrupts the last of them. */
export type PaidPeriod = {
  line: string
  payment: string
  plan: ModelPlan
  start: number
  end: number
  isTrial: boolean
  own: readonly Readonly<{ line: string; start: number }>[]
}

/** The credits of a trial. */
export const TRIAL = 2_000_000

/**
 * Starts a whole paid allowance immediately and ends the previous one, unless the same subscription paid for it: an
 * upgrade leaves it to its own end. A trial ends nothing. A late report does not change a newer period.
 */
function startPaid(account: ModelAccount, paid: PaidPeriod, life: Life, now: number): void {
  const { start, end, line, payment, plan, isTrial } = paid
  const own = paid.own.map((one) => one.line)
  const isOwn = (grant: ModelGrant) => grant.line !== null && own.includes(grant.line)
  const newer = account.grants.filter((grant) => isPaid(grant) && startOf(account, grant, own) > start)
  const isRunning = !hasEnded(life, now)
  const counts = newer.length === 0 && isRunning
  if (counts && !isTrial) closeLines(account, (one) => !own.includes(one.line))
  for (const [index, grant] of account.grants.entries()) {
    if (isTrial || !isAllowance(grant)) continue
    // An upgrade ended the Free allowance that began before it, even if it is reported late.
    const isUpgraded = grant.plan === 'free' && Number(grant.start) <= life.startedAt
    const isUnderWay = isPaid(grant) && isOwn(grant) && Number(grant.end) > start
    if (counts && isUnderWay) {
      if (!isOver(grant, now)) account.upgrades += 1
      carryOver(grant, life, now)
    } else if (counts || isUpgraded) endAllowance(account, index, now)
  }
  if (counts) {
    account.plan = plan
    account.planEndsAt = life.endsAt
  }
  const expiresAt = counts ? spendableUntil(end, life.endsAt) : now
  const granted = isTrial ? TRIAL : PLANS[plan].credits
  const cents = isTrial ? 0 : PLANS[plan].cents
  if (plan === 'super_year' && !isTrial) {
    const whole = { line, payment, plan, start, end, cents, begun: 0, returned: 0 }
    beginMonth(account, { ...whole, isOpen: counts }, now, expiresAt)
  } else {
    const allowance = { source: 'allowance', granted, expiresAt, plan, start, end } as const
    issue(account, now, { ...allowance, paid: cents, line, payment })
  }
  settleEnds(account, now)
}

const isAllowance = ({ plan }: ModelGrant) => plan !== null
export const isPaid = ({ plan }: ModelGrant) => plan !== null && plan !== 'free'

/** The start of a grant's period or, for a month of one of the `own` lines, of that line. */
function startOf({ lines }: ModelAccount, grant: ModelGrant, own: readonly string[]): number {
  const line = own.includes(grant.line ?? '') ? lines.find((one) => one.line === grant.line) : undefined
  return line?.start ?? Number(grant.start)
}

/** Lets an allowance that an upgrade interrupted last to its own end, without waiting for a renewal. */
function carryOver(grant: ModelGrant, { endsAt }: Life, now: number): void {
  if (!isOver(grant, now)) grant.expiresAt = Math.min(endsAt ?? Number.POSITIVE_INFINITY, Number(grant.end))
}

/**
 * A reading is a state, not a change: a line buys once, and the plan follows the subscription. A Free month starts only if
 * the account is still on Free after that.
 */
export function applyReading(account: ModelAccount, reading: Reading, now: number): void {
  const known = new Set(account.grants.map((grant) => grant.line))
  for (const { line, payment, amount, cents, expiresAt } of reading.packs) {
    if (known.has(line)) continue
    issue(account, now, { source: 'pack', granted: amount, expiresAt, paid: cents, line, payment })
    settleEnds(account, now)
  }
  const subscription = reading.subscription
  for (const period of reading.periods.toSorted((left, right) => left.start - right.start)) {
    if (known.has(period.line)) continue
    const life = subscription ?? { startedAt: period.start, endsAt: null }
    startPaid(account, period, life, now)
  }
  if (subscription) follow(account, subscription, now)
  settle(account, now)
  for (const { payment, cents } of reading.returned) {
    const line = account.lines.find((one) => one.payment === payment)
    const bought = account.grants.flatMap((grant, index) => (grant.payment === payment ? [index] : []))
    const paid = line?.cents ?? bought.reduce((sum, index) => sum + grantAt(account, index).paid, 0)
    account.lines = account.lines.map((one) => (one === line ? { ...one, returned: cents } : one))
    for (const index of bought) returnMoney(account, index, { cents, paid }, now)
  }
}

/** Applies a subscription that is cancelled, resumed, overdue or over, or in a trial. */
function follow(account: ModelAccount, subscription: Subscription, now: number): void {
  const { startedAt, endsAt, plan } = subscription
  account.subscribedAt = startedAt
  const isLeft = hasLiveBefore(account, startedAt, now)
  if ((isLeft || hasEnded(subscription, now)) && account.plan !== 'free') {
    endAllowances(account, now, isPaid)
    account.plan = 'free'
    account.planEndsAt = null
  }
  if (hasEnded(subscription, now)) return
  // Between an earlier subscription and this one, Free's month continued.
  if (isLeft) startFreePeriod(account, now, startedAt)
  // A trial keeps the Free allowance that began before it, and so does a renewal that fails.
  if (account.plan === 'free' && subscription.renewal !== 'overdue')
    endAllowances(account, now, (grant) => isPaid(grant) || Number(grant.start) > startedAt)
  closeLines(account, ({ start }) => start < startedAt)
  account.plan = plan
  account.planEndsAt = endsAt
  const rank = (grant: ModelGrant) => Number(grant.plan === plan)
  const live = account.grants
    .filter((grant) => isPaid(grant) && !isOver(grant, now))
    .sort((left, right) => rank(left) - rank(right) || Number(left.start) - Number(right.start))
  const newest = live.pop()
  for (const earlier of live) carryOver(earlier, subscription, now)
  if (!newest) return
  const end = Number(newest.end)
  if (account.lines.some(({ line, isOpen }) => isOpen && line === newest.line))
    carryOver(newest, subscription, now)
  else newest.expiresAt = end <= now ? lastUse(end, subscription, now) : spendableUntil(end, endsAt)
}

/**
 * The time until which a paid allowance can be used after its period. A debit has not failed before its bank says so.
 */
function lastUse(end: number, { endsAt, renewal }: Subscription, now: number): number {
  if (renewal === 'overdue') return now
  return renewal === 'awaited' ? spendableUntil(end, endsAt) : Math.min(endsAt ?? renewal.by, renewal.by)
}

/**
 * A paid allowance stays spendable after its period until its renewal is paid or fails, for at most 72 h and never
 * longer than its plan.
 */
const spendableUntil = (end: number, endsAt: number | null): number =>
  Math.min(endsAt ?? Number.POSITIVE_INFINITY, end + GRACE)

const hasEnded = ({ endsAt }: { endsAt: number | null }, now: number): boolean =>
  endsAt !== null && endsAt <= now

const hasLiveBefore = ({ grants }: ModelAccount, startedAt: number, now: number): boolean =>
  grants.some((grant) => isPaid(grant) && Number(grant.start) < startedAt && !isOver(grant, now))

function endAllowances(account: ModelAccount, now: number, which: (grant: ModelGrant) => boolean): void {
  for (const [index, grant] of account.grants.entries()) if (which(grant)) endAllowance(account, index, now)
}

function endAllowance(account: ModelAccount, index: number, now: number): void {
  const grant = grantAt(account, index)
  if (grant.source !== 'allowance' || isOver(grant, now)) return
  expireRest(account, index, now, now)
  grant.expiresAt = now
}
