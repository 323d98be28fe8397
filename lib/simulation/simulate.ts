import type { ClientBase } from 'pg'
import type { Catalog, PriceVersion } from '@/lib/catalog'
import { catalogVersion } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { paidOf } from '@/lib/credits/book/records'
import { share } from '@/lib/credits/book/share'
import { createPool } from '@/lib/db/pool'
import type { Micros } from '@/lib/instant'
import { type Millicredits, ZERO } from '@/lib/millicredits'
import { type Costs, costOf } from '@/lib/pricing/cost'
import { compare, sameShare } from './compare'
import { type Repriced, repricer } from './price-again'
import {
  type Account,
  countCharges,
  END_OF_MS,
  openCharges,
  openMovements,
  type PaidCharge,
  type PricedLot,
  planAt,
  readAccounts,
  readLots,
  type Source,
  type Sources,
  type StoredCharge,
  type StoredHold,
} from './read-accounts'
import { type Outcome, Replay } from './replay'
import { type Simulation, Tally } from './tally'

const ACCOUNTS_AT_ONCE = 200
const NO_ACCOUNT = '00000000-0000-0000-0000-000000000000'

export type SimulationInput = {
  /** The version to price with; null means the one that each charge was made at. */
  version: Catalog | null
  costs?: Costs
  from: Date
  to: Date
  /**
   * If true, replays balances and finds the charges that would have been refused, the accounts that would have run out,
   * and the revenue.
   */
  replay: boolean
  signal?: AbortSignal
  /** Called with each charge, for tests and for one person's figures. */
  onCharge?: (charge: StoredCharge & Partial<PaidCharge>, again: ChargeAgain) => void
}

/**
 * A charge at the other prices. `price` is null if they cannot price it; `outcome` is null if it would have been
 * refused.
 */
export type ChargeAgain = { price: Repriced | null; outcome: Outcome; balance: Millicredits | null }

export type Progress = { charges: number; of: number }

/**
 * Prices the charges in a time range again and reports what would have changed. It reads on a connection of its own,
 * block by block of accounts, holds no lock, and ends when the signal or the consumer stops it. The result is exact for
 * the charges that were made; requests that were refused or never made are unknown.
 */
export async function* simulate(ctx: Context, input: SimulationInput): AsyncGenerator<Progress, Simulation> {
  const { connectionString } = ctx.pool.options
  if (connectionString === undefined) throw new Error('the pool has no address')
  const pool = createPool(connectionString, { max: 1 })
  try {
    const client = await pool.connect()
    try {
      return yield* run(client, input)
    } finally {
      // Ends the snapshot, whatever the connection was doing.
      client.release(true)
    }
  } finally {
    await pool.end()
  }
}

async function* run(client: ClientBase, input: SimulationInput): AsyncGenerator<Progress, Simulation> {
  const { from, to, signal } = input
  const of = await countCharges(client, { from, to, accountId: null })
  const tally = new Tally(input)
  let after = NO_ACCOUNT
  yield { charges: 0, of }
  for (;;) {
    signal?.throwIfAborted()
    await client.query('begin isolation level repeatable read read only; set local enable_seqscan = off')
    const accounts = await readAccounts(client, { since: from, after, count: ACCOUNTS_AT_ONCE })
    const [first, last] = [accounts[0], accounts.at(-1)]
    if (!first || !last) return tally.result()
    const span = { from, to, first: first.id, last: last.id }
    const block = new Block(tally, input, accounts)
    if (input.replay) {
      block.know(await readLots(client, span))
      const sources = await openMovements(client, span)
      while (await block.replaySome(sources)) {
        signal?.throwIfAborted()
        yield { charges: tally.charges, of }
      }
    } else {
      const charges = await openCharges(client, span)
      while (await block.priceSome(charges)) {
        signal?.throwIfAborted()
        yield { charges: tally.charges, of }
      }
    }
    await client.query('commit')
    after = last.id
  }
}

/** The number of movements between two checks of the signal. */
const MOVEMENTS_AT_ONCE = 2_000

/** The accounts between two keys. */
class Block {
  readonly #accounts: Map<string, Account>
  readonly #lots = new Map<string, PricedLot[]>()
  readonly #priceAgain: ReturnType<typeof repricer>
  readonly #priceAsMade: ReturnType<typeof repricer>
  #replay: { accountId: string; replay: Replay } | null = null

  constructor(
    readonly tally: Tally,
    readonly input: SimulationInput,
    accounts: Account[],
  ) {
    this.#accounts = new Map(accounts.map((account) => [account.id, account]))
    const asMade = (priceVersion: number): PriceVersion => catalogVersion(priceVersion)
    this.#priceAgain = repricer((made) => input.version ?? asMade(made))
    this.#priceAsMade = repricer(asMade)
  }

  know(lots: PricedLot[]): void {
    for (const lot of lots) this.#lots.set(lot.accountId, [...(this.#lots.get(lot.accountId) ?? []), lot])
  }

  /** Prices some charges without their balances. Returns false at the end. */
  async priceSome(charges: Source<StoredCharge>): Promise<boolean> {
    await charges.fill()
    if (charges.head === undefined) return false
    for (let charge = charges.take(); charge !== undefined; charge = charges.take()) {
      const price = this.#price(charge)
      const paid = price === null ? ZERO : sameShare(charge, price)
      this.#count(charge, { price, outcome: { paid, parts: [] }, balance: null })
    }
    return true
  }

  /** Replays some movements. Returns false at the end. */
  async replaySome(sources: Sources): Promise<boolean> {
    const all = [sources.entries, sources.refunds, sources.holds, sources.charges, sources.ends] as const
    for (let count = 0; count < MOVEMENTS_AT_ONCE; count += 1) {
      for (const source of all) if (source.isEmpty) await source.fill()
      const { entries, refunds, holds, charges, ends } = sources
      const place = earliest([entries.head, refunds.head, holds.head, charges.head, ends.head])
      switch (place) {
        case 0: {
          const entry = entries.take()
          if (entry) this.#of(entry.accountId).enter(entry)
          break
        }
        case 1: {
          const refund = refunds.take()
          if (refund) this.#of(refund.accountId).refund(refund, refund.at)
          break
        }
        case 2: {
          const hold = holds.take()
          if (hold) this.#open(hold)
          break
        }
        case 3: {
          const charge = charges.take()
          if (!charge) break
          await this.#openBefore(charge, holds)
          this.#charge(charge)
          break
        }
        case 4: {
          const end = ends.take()
          if (end) this.#of(end.accountId).release(end.id, end.at)
          break
        }
        default:
          return false
      }
    }
    return true
  }

  #of(accountId: string): Replay {
    if (this.#replay?.accountId !== accountId)
      this.#replay = { accountId, replay: new Replay(this.#lots.get(accountId) ?? []) }
    return this.#replay.replay
  }

  /** Opens the holds that were made before a charge within the same millisecond, which their ascending ids show. */
  async #openBefore({ accountId, at, id }: StoredCharge, holds: Source<StoredHold>): Promise<void> {
    for (
      let { head } = holds;
      head?.accountId === accountId && head.at - END_OF_MS <= at && head.id < id;
      head = holds.head
    ) {
      holds.take()
      this.#open(head)
      await holds.fill()
    }
  }

  #open(hold: StoredHold): void {
    const [made, again] = [this.#priceAsMade(hold), this.#priceAgain(hold)]
    const scaled = (amount: Millicredits) =>
      made === null || again === null
        ? amount
        : share(amount, again.base + again.premium, made.base + made.premium)
    const { id, amount, limit } = hold
    const after = scaled(amount)
    this.#of(hold.accountId).hold({ id, before: amount, after, limit: limit && scaled(limit) }, hold.at)
  }

  #charge(charge: PaidCharge): void {
    const replay = this.#of(charge.accountId)
    const price = this.#price(charge)
    const before = (charge.base + charge.premium) as Millicredits
    const paid = paidOf(charge)
    const parts = charge.grantIds.map((grantId, index) => ({
      grantId,
      amount: charge.grantAmounts[index] ?? ZERO,
    }))
    // A use that cannot be priced is charged as it was, so that the balance continues from there.
    const after = price === null ? before : ((price.base + price.premium) as Millicredits)
    const { id, holdId, balanceAfter } = charge
    const outcome = replay.charge(
      { id, holdId, before, after, paid, parts, balanceAfter, isRefunded: charge.refunded > 0 },
      charge.at,
    )
    this.#count(charge, { price, outcome, balance: this.input.onCharge ? replay.balance : null })
    this.tally.sell(this.#lots.get(charge.accountId) ?? [], {
      charge,
      before: parts,
      after: outcome?.parts ?? [],
    })
  }

  #price(charge: StoredCharge): Repriced | null {
    const { operation, usage, priceVersion, creatorId } = charge
    return this.#priceAgain({ operation, usage, priceVersion, inOthersApp: creatorId !== null })
  }

  #count(charge: StoredCharge, again: ChargeAgain): void {
    this.input.onCharge?.(charge, again)
    const { price, outcome } = again
    const account = this.#accounts.get(charge.accountId)
    this.tally.add({
      charge,
      plan: account ? planAt(account, charge.at) : null,
      ...compare(charge, price, outcome?.paid ?? ZERO),
      isUnpriced: price === null,
      isRefused: outcome === null,
      cost: price === null || !this.input.costs ? 0 : costOf(charge.operation, price.usage, this.input.costs),
    })
  }
}

/** The index of the earliest of the next movements, the first of two at one instant; -1 if there is none. */
function earliest(heads: ({ accountId: string; at: Micros } | undefined)[]): number {
  let found = -1
  heads.forEach((head, place) => {
    const best = heads[found]
    if (head === undefined) return
    if (
      best === undefined ||
      head.accountId < best.accountId ||
      (head.accountId === best.accountId && head.at < best.at)
    )
      found = place
  })
  return found
}
