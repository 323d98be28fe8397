import {
  APP_CREATORS,
  type Earnings,
  earnerOf,
  grantAt,
  issue,
  type ModelAccount,
  type ModelCharge,
  type Part,
  total,
} from './state.test-support'

/** The bounds of a value that depends on the concurrent movements of other accounts. */
export type Range = { least: number; most: number }

/** The other accounts at one moment, as one account may see them. */
export type Around = {
  /**
   * `net`: rewards earned from others, minus reversed and withheld ones. `free`: the free-funded part, including withheld
   * rewards.
   */
  net: Range
  free: Range
  /** The rewards a creator earned from others on a day, excluding withheld ones. */
  earned: (creator: number, day: string) => Range
}

/** The velocity limits per UTC day, from one payer to one creator and to one creator in total; the excess is withheld. */
const PAYER_DAILY_MAX = 1_000_000
export const CREATOR_DAILY_MAX = 10_000_000

/** The observed value, clamped to the range. */
export const within = ({ least, most }: Range, seen: number): number => Math.min(Math.max(seen, least), most)

/** ⌊amount × numerator ÷ denominator⌋; 0 if the denominator is 0. */
export function exactShare(amount: number, numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : Number((BigInt(amount) * BigInt(numerator)) / BigInt(denominator))
}

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

const NOTHING: Earnings = { paid: 0, free: 0, onHold: 0, reversed: 0, reversedPaid: 0, reversedOnHold: 0 }

export const earningsOf = (account: ModelAccount, creator: number): Earnings =>
  account.earnings.get(creator) ?? NOTHING

/** Adds two counters of the same kind. */
export function plus<Counters extends Readonly<Record<string, number>>>(
  left: Counters,
  right: Counters,
): Counters {
  const sums = Object.keys(left).map((name) => [name, Number(left[name]) + Number(right[name])])
  return Object.fromEntries(sums) as Counters
}

/** The rewards of a creator from all use of these accounts in the creator's apps. */
export const earningsFrom = (accounts: ModelAccount[], creator: number): Earnings =>
  accounts.reduce((sum, account) => plus(sum, earningsOf(account, creator)), NOTHING)

export const netOf = (earnings: Earnings): number =>
  earnings.paid + earnings.free - earnings.reversed - (earnings.onHold - earnings.reversedOnHold)

export const freeOf = (earnings: Earnings): number =>
  earnings.free - (earnings.reversed - earnings.reversedPaid)

type Paid = { app: number | null; base: number; premium: number; paid: number; parts: Part[]; now: number }
type Moment = { around: Around; seenOnHold: number | null }

/** The creator earns ⌊premium × paid ÷ total⌋: nothing from an absorbed part, and nothing from their own use. */
export function reward(account: ModelAccount, made: Paid, moment: Moment) {
  const { app, base, premium, paid, parts, now } = made
  const creator = earnerOf(account, app)
  if (creator === null) return { reward: 0, rewardPaid: 0, onHold: 0 }
  const amount = exactShare(premium, paid, base + premium)
  const isBought = (part: Part) => grantAt(account, part.grant).paid > 0
  const rewardPaid = exactShare(amount, total(parts.filter(isBought).map((part) => part.amount)), paid)
  const onHold = heldBack(account, { creator, amount, day: dayOf(now) }, moment)
  const earned = { ...NOTHING, paid: rewardPaid, free: amount - rewardPaid, onHold }
  account.earnings.set(creator, plus(earningsOf(account, creator), earned))
  const key = `${creator} ${dayOf(now)}`
  const before = account.days.get(key) ?? { earned: 0, free: 0 }
  account.days.set(key, { earned: before.earned + amount, free: before.free + amount - onHold })
  return { reward: amount, rewardPaid, onHold }
}

/**
 * Withholds the excess over the payer's limit, then the excess of the rest over the creator's limit, which counts all
 * payers.
 */
function heldBack(
  account: ModelAccount,
  { creator, amount, day }: { creator: number; amount: number; day: string },
  { around, seenOnHold }: Moment,
): number {
  const own = account.days.get(`${creator} ${day}`) ?? { earned: 0, free: 0 }
  const over = Math.min(amount, Math.max(0, own.earned + amount - PAYER_DAILY_MAX))
  const rest = amount - over
  const others = around.earned(creator, day)
  const beyond = (earned: number) => Math.min(rest, Math.max(0, earned + own.free + rest - CREATOR_DAILY_MAX))
  const range = { least: beyond(others.least), most: beyond(others.most) }
  return over + within(range, (seenOnHold ?? 0) - over)
}

/**
 * Reverses up to ⌊reward × refunded ÷ paid⌋ in total, and likewise for each part of the reward. Returns this refund's part.
 */
export function reverse(account: ModelAccount, charge: ModelCharge, amount: number): number {
  const creator = earnerOf(account, charge.app)
  if (creator === null) return 0
  const of = (part: number) =>
    exactShare(part, charge.refunded + amount, charge.paid) - exactShare(part, charge.refunded, charge.paid)
  const reversed = of(charge.reward)
  const parts = { reversedPaid: of(charge.rewardPaid), reversedOnHold: of(charge.onHold) }
  account.earnings.set(creator, plus(earningsOf(account, creator), { ...NOTHING, reversed, ...parts }))
  return reversed
}

/**
 * Reverses rewards in proportion to returned money for used credits: for each grant and creator, the reward funded times
 * the shortfall's share of the used credits, as long as the shortfall lasts.
 */
export function takeBack(account: ModelAccount): void {
  account.grants.forEach((grant, index) => {
    for (const creator of new Set(APP_CREATORS)) {
      const key = `${index} ${creator}`
      const before = account.takenBack.get(key) ?? 0
      if (grant.shortfall === 0 && before === 0) continue
      const funded = account.charges
        .filter(({ app }) => earnerOf(account, app) === creator)
        .reduce((sum, charge) => sum + fundedBy(account, charge, index), 0)
      const change = exactShare(funded, Math.min(grant.shortfall, grant.used), grant.used) - before
      account.takenBack.set(key, before + change)
      const taken = { ...NOTHING, reversed: change, reversedPaid: change }
      account.earnings.set(creator, plus(earningsOf(account, creator), taken))
    }
  })
}

/** The part of a charge's reward that one bought grant funded, net of refunds and of its withheld share. */
function fundedBy(account: ModelAccount, charge: ModelCharge, grant: number): number {
  const { paid, refunded } = charge
  if (refunded === paid) return 0
  const leftOf = (amount: number) => amount - exactShare(amount, refunded, paid)
  // Refunds return the last-funded part first.
  let kept = paid - refunded
  const parts = charge.parts.map((part) => {
    const amount = Math.min(part.amount, kept)
    kept -= amount
    return { ...part, amount }
  })
  const amountOf = (some: Part[]) => total(some.map(({ amount }) => amount))
  const bought = amountOf(parts.filter((part) => grantAt(account, part.grant).paid > 0))
  const own = amountOf(parts.filter((part) => part.grant === grant))
  const reward = leftOf(charge.reward)
  if (bought === 0 || reward === 0) return 0
  const free = BigInt(reward - leftOf(charge.onHold))
  return Number((BigInt(leftOf(charge.rewardPaid)) * free * BigInt(own)) / (BigInt(reward) * BigInt(bought)))
}

/**
 * Moves rewards to spendable credits that never expire, free-funded first. Returns null if the amount exceeds the balance.
 * Rewards earned concurrently from others may or may not count.
 */
export function transfer(
  account: ModelAccount,
  { amount, ref, now }: { amount: number; ref: string; now: number },
  around: Around,
  seen: Record<string, unknown>,
) {
  const seenBalance = Number(seen.balanceAfter ?? -Infinity) + amount
  const balance = Math.max(0, within(around.net, seenBalance + account.transferred) - account.transferred)
  if (amount > balance) return null
  const movedFree = account.transferred - account.transferredPaid
  const fundedPaidAt = (free: number) => amount - Math.min(amount, Math.max(0, free - movedFree))
  const range = { least: fundedPaidAt(around.free.most), most: fundedPaidAt(around.free.least) }
  const fundedPaid = within(range, Number(seen.fundedPaid ?? 0))
  issue(account, now, { ref, source: 'reward', granted: amount, expiresAt: null })
  account.transferred += amount
  account.transferredPaid += fundedPaid
  return { fundedPaid, balanceAfter: balance - amount }
}

export const creatorOf = (app: number | null): number | null =>
  app === null ? null : (APP_CREATORS[app] ?? null)
