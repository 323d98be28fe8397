import { compareBurnDown } from '@/lib/credits/book/book'
import type { EntryKind, Grant, Part } from '@/lib/credits/book/records'
import { share } from '@/lib/credits/book/share'
import type { Micros } from '@/lib/instant'
import { type Millicredits, maxOf, minOf, sum, ZERO } from '@/lib/millicredits'

/** A grant with its remaining credits, held ones included, before the first movement of a replay. */
export type Lot = Pick<Grant, 'id' | 'source' | 'expiresAt' | 'createdAt'> & {
  left: Millicredits
  /** When it actually ended: before `expiresAt` if a new plan ended it. */
  endsAt: Date | null
  /** True for a promo that replaced the expired part of a refund. */
  fromRefund: boolean
}

export type ReplayedEntry = {
  kind: EntryKind
  grantId: string
  amount: Millicredits
}

export type ReplayedHold = {
  id: string
  /** The reserved amount, the amount reserved at the other prices, and the limit of a capture at the other prices. */
  before: Millicredits
  after: Millicredits
  limit: Millicredits | null
}

export type ReplayedCharge = {
  id: string
  holdId: string | null
  /** The price as it was and at the other prices. */
  before: Millicredits
  after: Millicredits
  /** The paid part of `before`. */
  paid: Millicredits
  balanceAfter: Millicredits
  parts: Part[]
  /** True if a part of it was refunded later. */
  isRefunded: boolean
}

type Open = ReplayedHold & { parts: Part[]; isRefused: boolean }
type Refundable = {
  parts: Part[]
  paid: Millicredits
  paidBefore: Millicredits
  asked: number
  given: Millicredits
}

/** The result of a charge; null if its request would have been refused. */
export type Outcome = { paid: Millicredits; parts: Part[] } | null

/**
 * An account's balance, replayed in order of time at other prices: with the same grants, revocations, holds and
 * refunds, and with the expiry of what is then left. Limits, budgets and caps of runs are not replayed, because nobody
 * knows how they would have been set.
 */
export class Replay {
  readonly #lots: Map<string, Lot>
  readonly #holds = new Map<string, Open>()
  /** Holds whose end, in the millisecond in which they were opened, was replayed before their opening. */
  readonly #ended = new Set<string>()
  readonly #refundable = new Map<string, Refundable>()
  /**
   * Until a price differs, every request was accepted, even a hold that was raised later and of which only the last
   * amount is known.
   */
  #isDifferent = false
  /** The credits refunded onto expired grants, until the promo that replaces them is granted. */
  #homeless = ZERO

  constructor(lots: Lot[]) {
    this.#lots = new Map(lots.map((lot) => [lot.id, { ...lot }]))
  }

  /** The available credits plus those that open holds reserve. */
  get balance(): Millicredits {
    const held = [...this.#holds.values()].flatMap(({ parts }) => parts.map(({ amount }) => amount))
    return sum([...[...this.#lots.values()].map(({ left }) => left), ...held])
  }

  enter({ kind, grantId, amount }: ReplayedEntry): void {
    const lot = this.#lots.get(grantId)
    if (!lot) return
    switch (kind) {
      case 'grant':
        lot.left = (lot.left + (lot.fromRefund ? this.#homeless : amount)) as Millicredits
        if (lot.fromRefund) this.#homeless = ZERO
        break
      case 'restore':
        lot.left = (lot.left + amount) as Millicredits
        break
      case 'revoke':
        lot.left = maxOf(ZERO, (lot.left + amount) as Millicredits)
        break
      case 'expire':
        lot.left = ZERO
        break
      default:
        kind satisfies never
    }
  }

  /** Reserves a hold. One that would have been refused reserves nothing. */
  hold(hold: ReplayedHold, at: Micros): void {
    if (this.#ended.delete(hold.id)) return
    if (hold.after !== hold.before) this.#isDifferent = true
    const available = this.#available(at)
    const isRefused = this.#isDifferent && hold.after > available
    const parts = isRefused ? [] : this.#take(minOf(hold.after, available), at)
    this.#holds.set(hold.id, { ...hold, isRefused, parts })
  }

  /** Ends a hold without a charge. */
  release(holdId: string, at: Micros): void {
    const hold = this.#holds.get(holdId)
    if (!hold) this.#ended.add(holdId)
    this.#holds.delete(holdId)
    for (const part of hold?.parts ?? []) this.#giveBack(part, at)
  }

  charge(charge: ReplayedCharge, at: Micros): Outcome {
    if (charge.after !== charge.before) this.#isDifferent = true
    // A grant that paid was live then, whatever its expiry became later.
    for (const { grantId } of charge.parts) this.#keepAlive(grantId, at)
    const hold = charge.holdId === null ? undefined : this.#holds.get(charge.holdId)
    if (charge.holdId !== null) this.#holds.delete(charge.holdId)
    const outcome = hold ? this.#capture(charge, hold, at) : this.#pay(charge, at)
    if (outcome !== null && charge.isRefunded)
      this.#refundable.set(charge.id, { ...outcome, paidBefore: charge.paid, asked: 0, given: ZERO })
    return outcome
  }

  #pay(charge: ReplayedCharge, at: Micros): Outcome {
    // The capture of an expired hold is charged from the available credits and never refused; the rest is absorbed.
    const isCapture = charge.holdId !== null
    const isBound = isCapture && charge.paid < charge.before && this.#wasLeft(charge) > 0
    const ceiling = isBound ? minOf(charge.after, charge.paid) : charge.after
    const available = this.#available(at)
    if (!isCapture && ceiling > available) return null
    const paid = minOf(ceiling, available)
    return { paid, parts: this.#take(paid, at) }
  }

  #capture(charge: ReplayedCharge, hold: Open, at: Micros): Outcome {
    if (hold.isRefused) return null
    const reserved = sum(hold.parts.map(({ amount }) => amount))
    const fromHold = minOf(charge.after, reserved)
    const parts: Part[] = []
    let left: number = fromHold
    const rest: Part[] = []
    for (const part of hold.parts) {
      const taken = minOf(part.amount, left as Millicredits)
      left -= taken
      if (taken > 0) parts.push({ grantId: part.grantId, amount: taken })
      if (taken < part.amount)
        rest.push({ grantId: part.grantId, amount: (part.amount - taken) as Millicredits })
    }
    const bounds = [(charge.after - fromHold) as Millicredits, this.#available(at)]
    if (hold.limit !== null) bounds.push(maxOf(ZERO, (hold.limit - reserved) as Millicredits))
    // An absorbed part, although credits were available, shows how much limits, budget and run had left.
    const extraMade = Math.max(0, charge.paid - hold.before) + hold.after - reserved
    if (charge.paid < charge.before && this.#wasLeft(charge) > 0) bounds.push(extraMade as Millicredits)
    const extra = Math.min(...bounds) as Millicredits
    parts.push(...this.#take(extra, at))
    for (const part of rest) this.#giveBack(part, at)
    return { paid: (fromHold + extra) as Millicredits, parts }
  }

  /** Refunds the same share of a charge as was refunded, last-funded grant first. Returns the amount. */
  refund({ chargeId, amount }: { chargeId: string; amount: Millicredits }, at: Micros): Millicredits {
    const charge = this.#refundable.get(chargeId)
    if (!charge) return ZERO
    charge.asked += amount
    const upTo = share(charge.paid, charge.asked, charge.paidBefore)
    const now = (upTo - charge.given) as Millicredits
    charge.given = upTo
    let left: number = now
    while (left > 0) {
      const last = charge.parts.at(-1)
      if (!last) break
      const taken = minOf(last.amount, left as Millicredits)
      left -= taken
      if (taken === last.amount) charge.parts.pop()
      else charge.parts[charge.parts.length - 1] = { ...last, amount: (last.amount - taken) as Millicredits }
      if (!this.#giveBack({ grantId: last.grantId, amount: taken }, at))
        this.#homeless = (this.#homeless + taken) as Millicredits
    }
    return now
  }

  /** The credits that were actually available after a charge. */
  #wasLeft({ balanceAfter }: ReplayedCharge): number {
    let held = 0
    for (const { before } of this.#holds.values()) held += before
    return balanceAfter - held
  }

  #isAlive({ endsAt }: Lot, at: Micros): boolean {
    return endsAt === null || endsAt.getTime() * 1_000 > at
  }

  #keepAlive(grantId: string, at: Micros): void {
    const lot = this.#lots.get(grantId)
    if (lot && !this.#isAlive(lot, at)) lot.endsAt = new Date(Math.floor(at / 1_000) + 1)
  }

  #live(at: Micros): Lot[] {
    return [...this.#lots.values()].filter((lot) => lot.left > 0 && this.#isAlive(lot, at))
  }

  #available(at: Micros): Millicredits {
    return sum(this.#live(at).map(({ left }) => left))
  }

  #take(amount: Millicredits, at: Micros): Part[] {
    const parts: Part[] = []
    let left: number = amount
    for (const lot of this.#live(at).sort(compareBurnDown)) {
      if (left === 0) break
      const taken = minOf(lot.left, left as Millicredits)
      lot.left = (lot.left - taken) as Millicredits
      left -= taken
      parts.push({ grantId: lot.id, amount: taken })
    }
    return parts
  }

  /** Returns false if the grant has expired, in which case the credits expire with it. */
  #giveBack({ grantId, amount }: Part, at: Micros): boolean {
    const lot = this.#lots.get(grantId)
    if (!lot || !this.#isAlive(lot, at)) return false
    lot.left = (lot.left + amount) as Millicredits
    return true
  }
}
