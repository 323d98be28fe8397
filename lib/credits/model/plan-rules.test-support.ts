import {
  type Covered,
  coveredBy,
  expireRest,
  grantAt,
  isOver,
  issue,
  type ModelAccount,
  type ModelGrant,
  periodStart,
  revokeFrom,
  settle,
  settleEnds,
  startFreePeriod,
} from './state.test-support'

/** A subscription in Stripe: its start, its past or planned end, and what became of its last renewal. */
export type Subscription = { startedAt: number; endsAt: number | null; renewal: Renewal }
/** A bank has until `by` to answer a debit. */
export type Renewal = 'awaited' | 'overdue' | { by: number }

/** One reading of Stripe: paid lines, the state of the subscription and the returned money of a payment. */
export type Reading = {
  /** True if a newer reading was applied before. */
  isStale: boolean
  packs: { line: string; payment: string; amount: number; cents: number; expiresAt: number | null }[]
  periods: { line: string; payment: string; start: number; end: number }[]
  subscription: Subscription | null
  returned: { payment: string; cents: number }[]
}

const SUPER = 10_000_000
const SUPER_CENTS = 2_000
const GRACE = 72 * 3_600_000

type PaidPeriod = {
  start: number
  end: number
  line: string
  payment: string
  subscription: Omit<Subscription, 'renewal'>
}

/** Starts the whole Super allowance immediately and ends the previous one. A late report does not change a newer period. */
function startSuper(account: ModelAccount, paid: PaidPeriod, now: number): void {
  const { start, end, line, payment, subscription } = paid
  const isNewest = !account.grants.some((grant) => grant.plan === 'super' && Number(grant.start) > start)
  const counts = isNewest && !hasEnded(subscription, now)
  for (const [index, grant] of account.grants.entries()) {
    // An upgrade ended the Free allowance that began before it, even if it is reported late.
    const isUpgraded = grant.plan === 'free' && Number(grant.start) <= subscription.startedAt
    if (counts || isUpgraded) endAllowance(account, index, now)
  }
  if (counts) {
    account.plan = 'super'
    account.planEndsAt = subscription.endsAt
  }
  const expiresAt = counts ? spendableUntil(end, subscription.endsAt) : now
  const allowance = { source: 'allowance', granted: SUPER, expiresAt, plan: 'super', start, end } as const
  issue(account, now, { ...allowance, paid: SUPER_CENTS, line, payment })
  settleEnds(account, now)
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
    startSuper(account, { ...period, subscription: life }, now)
  }
  if (subscription) follow(account, subscription, now)
  settle(account, now)
  for (const { payment, cents } of reading.returned) {
    const bought = account.grants.flatMap((grant, index) => (grant.payment === payment ? [index] : []))
    const paid = bought.reduce((sum, index) => sum + grantAt(account, index).paid, 0)
    for (const index of bought) returnMoney(account, index, { cents, paid }, now)
  }
}

/** Applies a subscription that is cancelled, resumed, overdue or over, or in a trial. */
function follow(account: ModelAccount, subscription: Subscription, now: number): void {
  const { startedAt } = subscription
  const isLeft = account.plan === 'super' && hasLiveBefore(account, startedAt, now)
  if ((isLeft || hasEnded(subscription, now)) && account.plan === 'super') {
    endAllowances(account, now, ({ plan }) => plan === 'super')
    account.plan = 'free'
    account.planEndsAt = null
  }
  if (hasEnded(subscription, now)) return
  // Between an earlier subscription and this one, Free's month continued.
  if (isLeft) startFreePeriod(account, now, startedAt)
  // A trial keeps the Free allowance that began before it.
  if (account.plan === 'free')
    endAllowances(account, now, ({ plan, start }) => plan === 'super' || Number(start) > startedAt)
  account.plan = 'super'
  account.planEndsAt = subscription.endsAt
  const start = periodStart(account, now)
  const allowance = account.grants.find((grant) => grant.plan === 'super' && grant.start === start)
  if (!allowance) return
  const end = Number(allowance.end)
  allowance.expiresAt =
    end <= now ? lastUse(end, subscription, now) : spendableUntil(end, subscription.endsAt)
}

/**
 * The time until which a Super allowance can be used after its period. A debit has not failed before its bank says so.
 */
function lastUse(end: number, { endsAt, renewal }: Subscription, now: number): number {
  if (renewal === 'overdue') return now
  return renewal === 'awaited' ? spendableUntil(end, endsAt) : Math.min(endsAt ?? renewal.by, renewal.by)
}

/** A Super allowance stays spendable after its period until its renewal is paid or fails, for at most 72 h and never longer than Super itself. */
const spendableUntil = (end: number, endsAt: number | null): number =>
  Math.min(endsAt ?? Number.POSITIVE_INFINITY, end + GRACE)

const hasEnded = ({ endsAt }: { endsAt: number | null }, now: number): boolean =>
  endsAt !== null && endsAt <= now

const hasLiveBefore = ({ grants }: ModelAccount, startedAt: number, now: number): boolean =>
  grants.some((grant) => grant.plan === 'super' && Number(grant.start) < startedAt && !isOver(grant, now))

function endAllowances(account: ModelAccount, now: number, which: (grant: ModelGrant) => boolean): void {
  for (const [index, grant] of account.grants.entries()) if (which(grant)) endAllowance(account, index, now)
}

function endAllowance(account: ModelAccount, index: number, now: number): void {
  const grant = grantAt(account, index)
  if (grant.source !== 'allowance' || isOver(grant, now)) return
  expireRest(account, index, now, now)
  grant.expiresAt = now
}

/**
 * Sets the returned part of the payment to `cents`: that share of the bought credits, rounded up, is taken back, counting
 * credits revoked by hand first. If the total falls, the latest part is undone first: the shortfall is forgiven, taken
 * credits return, and credits revoked by hand stay revoked.
 */
function returnMoney(
  account: ModelAccount,
  index: number,
  { cents, paid }: { cents: number; paid: number },
  now: number,
): void {
  const grant = grantAt(account, index)
  const target = Math.min(grant.granted, Math.ceil((grant.granted * cents) / paid))
  const change = target - grant.returned
  grant.returned = target
  if (change !== 0) account.movedAt = now
  if (change > 0) {
    const uncounted = grant.revoked - coveredBy(grant, 'taken') - coveredBy(grant, 'byHand')
    const byHand = Math.min(uncounted, change)
    const taken = revokeFrom(account, index, change - byHand, now)
    const short = change - byHand - taken
    grant.shortfall += short
    const pieces: Covered[] = [
      { how: 'byHand', amount: byHand },
      { how: 'taken', amount: taken },
      { how: 'short', amount: short },
    ]
    grant.covered = [...grant.covered, ...pieces.filter((piece) => piece.amount > 0)]
    return
  }
  const before = { taken: coveredBy(grant, 'taken'), short: coveredBy(grant, 'short') }
  grant.covered = firstOf(grant.covered, target)
  grant.shortfall -= before.short - coveredBy(grant, 'short')
  const back = before.taken - coveredBy(grant, 'taken')
  if (back === 0) return
  grant.revoked -= back
  grant.remaining += back
  account.entries.push({ kind: 'restore', grant: index, amount: back, effectiveAt: now })
  if (isOver(grant, now)) expireRest(account, index, now, now)
}

export function firstOf(covered: readonly Covered[], amount: number): Covered[] {
  let upto = 0
  return covered.flatMap((piece) => {
    const kept = Math.min(piece.amount, amount - upto)
    upto += Math.max(0, kept)
    return kept > 0 ? [{ ...piece, amount: kept }] : []
  })
}
