import type { Catalog } from '@/lib/catalog'
import type { Part } from '@/lib/credits/book/records'
import { paidOf } from '@/lib/credits/book/records'
import type { Micros } from '@/lib/instant'
import type { Costs } from '@/lib/pricing/cost'
import type { Comparison } from './compare'
import type { PricedLot, StoredCharge } from './read-accounts'

export type Change = { before: number; after: number }

/** The credits paid and the rewards that creators earned from them, net of refunds, in millicredits. */
export type Figures = {
  charges: number
  /** Charges that would have been refused for lack of credits, so that nothing would have been paid for them. */
  refused: number
  /** Charges that the version cannot price, and the credits paid for them. No other figure includes them. */
  unpriced: { charges: number; credits: number }
  credits: Change
  rewards: Change
}

export type Line = Figures & { key: string }

/** An account that would have run out, and the instant of its first refusal. */
export type RunOut = { accountId: string; at: Micros }

export type Simulation = {
  total: Figures
  operations: Line[]
  plans: Line[]
  /** The apps that change most, and one line for all others. */
  apps: Line[]
  creators: Line[]
  /** The number of accounts that would have run out, and those that would have run out first. Null without a replay. */
  ranOut: { accounts: number; first: RunOut[] } | null
  /**
   * The value of the paid credits that were used, at the price they were bought for, in minor units. Null without a
   * replay.
   */
  revenue: ({ currency: string } & Change)[] | null
  /** The provider's cost in minor units of the main currency; null if no costs are given. */
  cost: Change | null
  /** Revenue minus cost; null if no costs are given or if credits were also bought in other currencies. */
  margin: Change | null
}

export type Counted = Comparison & {
  charge: StoredCharge
  plan: string | null
  isUnpriced: boolean
  isRefused: boolean
  cost: number
}

const LISTED_MAX = 100
/** The key of the line for everything that is not listed. */
export const OTHERS = 'others'

const none = (): Figures => ({
  charges: 0,
  refused: 0,
  unpriced: { charges: 0, credits: 0 },
  credits: { before: 0, after: 0 },
  rewards: { before: 0, after: 0 },
})

/** Adds up the findings of a simulation. */
export class Tally {
  readonly #total = none()
  readonly #operations = new Map<string, Figures>()
  readonly #plans = new Map<string, Figures>()
  readonly #apps = new Map<string, Figures>()
  readonly #creators = new Map<string, Figures>()
  readonly #revenue = new Map<string, Change>()
  readonly #cost: Change = { before: 0, after: 0 }
  readonly #ranOut: RunOut[] = []
  #accountsOut = 0
  #lastOut = ''

  constructor(readonly input: { version: Catalog | null; costs?: Costs; replay: boolean }) {}

  /** The number of charges so far. */
  get charges(): number {
    return this.#total.charges + this.#total.unpriced.charges
  }

  add(counted: Counted): void {
    const { charge, plan, isRefused, cost } = counted
    count(this.#total, counted)
    count(lineOf(this.#operations, charge.operation), counted)
    if (plan !== null) count(lineOf(this.#plans, plan), counted)
    if (charge.appId !== null) count(lineOf(this.#apps, charge.appId), counted)
    if (charge.creatorId !== null) count(lineOf(this.#creators, charge.creatorId), counted)
    this.#cost.before += cost
    this.#cost.after += isRefused ? 0 : cost
    if (isRefused && this.#lastOut !== charge.accountId) this.#noteOut(charge)
  }

  /** Notes an account that ran out, and keeps those that did so first. Accounts arrive one after the other. */
  #noteOut({ accountId, at }: StoredCharge): void {
    this.#lastOut = accountId
    this.#accountsOut += 1
    this.#ranOut.push({ accountId, at })
    if (this.#ranOut.length >= 2 * LISTED_MAX) this.#trimOut()
  }

  #trimOut(): void {
    this.#ranOut.sort((one, other) => one.at - other.at)
    this.#ranOut.length = Math.min(this.#ranOut.length, LISTED_MAX)
  }

  /** Counts the money paid for the bought credits that a charge took, before and after, net of the charge's refunds. */
  sell(
    lots: readonly PricedLot[],
    { charge, before, after }: { charge: StoredCharge; before: readonly Part[]; after: readonly Part[] },
  ): void {
    const kept = paidOf(charge) === 0 ? 1 : 1 - charge.refunded / paidOf(charge)
    for (const [which, parts] of [
      ['before', before],
      ['after', after],
    ] as const)
      for (const { grantId, amount } of parts) {
        const price = lots.find(({ id }) => id === grantId)?.price
        if (!price) continue
        const change = this.#revenue.get(price.currency) ?? { before: 0, after: 0 }
        change[which] += (amount * price.paid * kept) / price.granted
        this.#revenue.set(price.currency, change)
      }
  }

  result(): Simulation {
    this.#trimOut()
    const { replay, costs } = this.input
    const revenue = [...this.#revenue].map(([currency, change]) => ({ currency, ...rounded(change) }))
    const cost = costs && costs.size > 0 ? rounded(this.#cost) : null
    return {
      total: this.#total,
      operations: listed(this.#operations),
      plans: listed(this.#plans),
      apps: listed(this.#apps),
      creators: listed(this.#creators),
      ranOut: replay ? { accounts: this.#accountsOut, first: this.#ranOut } : null,
      revenue: replay ? revenue : null,
      cost,
      margin: replay && cost ? this.#margin(revenue, cost) : null,
    }
  }

  #margin(revenue: ({ currency: string } & Change)[], cost: Change): Change | null {
    const main = this.input.version?.currencies[0]
    if (revenue.some(({ currency }) => currency !== main)) return null
    const { before, after } = revenue[0] ?? { before: 0, after: 0 }
    return { before: before - cost.before, after: after - cost.after }
  }
}

const rounded = ({ before, after }: Change) => ({ before: Math.round(before), after: Math.round(after) })

function lineOf(lines: Map<string, Figures>, key: string): Figures {
  const found = lines.get(key)
  if (found) return found
  const made = none()
  lines.set(key, made)
  return made
}

function count(line: Figures, counted: Counted): void {
  if (counted.isUnpriced) {
    line.unpriced.charges += 1
    line.unpriced.credits += counted.before
    return
  }
  line.charges += 1
  if (counted.isRefused) line.refused += 1
  line.credits.before += counted.before
  line.credits.after += counted.after
  line.rewards.before += counted.rewardBefore
  line.rewards.after += counted.rewardAfter
}

function listed(lines: Map<string, Figures>): Line[] {
  const size = ({ credits }: Figures) => Math.abs(credits.after - credits.before)
  const all = [...lines]
    .map(([key, figures]) => ({ key, ...figures }))
    .sort((one, other) => size(other) - size(one) || other.credits.before - one.credits.before)
  const rest = all.slice(LISTED_MAX)
  if (rest.length === 0) return all
  const others = { key: OTHERS, ...none() }
  for (const { charges, refused, unpriced, credits, rewards } of rest) {
    others.charges += charges
    others.refused += refused
    others.unpriced.charges += unpriced.charges
    others.unpriced.credits += unpriced.credits
    for (const which of ['before', 'after'] as const) {
      others.credits[which] += credits[which]
      others.rewards[which] += rewards[which]
    }
  }
  return [...all.slice(0, LISTED_MAX), others]
}
