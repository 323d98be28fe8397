import { Unavailable } from '@/lib/errors'

export type BatcherOptions = {
  /** How many items one call takes at most. */
  sizeMax: number
  /** How many calls are under way at once: one connection each. */
  connectionsMax: number
  /** How many items may wait; one more is refused with `Unavailable`. */
  queueMax: number
  /** How long an item may wait for a connection before it is refused with `Unavailable`; it has then had no effect. */
  waitMsMax: number
  /** While a call is under way, a smaller batch than this waits for company … */
  lingerBelow: number
  /** … this long at most. */
  lingerMsMax: number
  /** After a call of so many, the next one waits for company too while more come. */
  loadMin: number
}

type Waiting<Item, Result> = {
  item: Item
  since: number
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/** Nobody else is on the way when nobody has come for so long. */
const QUIET_MS = 1

/** A free connection looks this many times its call's size into the queue for work of other accounts, and no further. */
const LOOK_AHEAD = 4

/**
 * Gathers what concurrent callers ask and sends it together. An idle batcher sends at once what is there, so a lone
 * request pays nothing. While calls are under way the batches grow by themselves; a further connection is taken only for a
 * batch that is worth a call, or that has waited a few milliseconds. After a call of many an idle batcher waits as well, as
 * long as more come: a call costs much before it has done anything, so small ones in a row would use up the processor.
 *
 * Two calls under way never share an account: each locks the accounts of its items, so the second would only wait for the
 * first (docs/adr/0003). Items of one account therefore leave in the order they came, too.
 */
export class Batcher<Item, Result> {
  #waiting: Waiting<Item, Result>[] = []
  readonly #freeConnections: number[]
  readonly #busy = new Set<string>()
  #scheduled = false
  #lingerTimer: NodeJS.Timeout | undefined
  #lastSize = 0
  #overdueTimer: NodeJS.Timeout | undefined
  #idle: (() => void)[] = []

  /** `send` gets the connection it runs in, and returns a result for each item, in order. */
  constructor(
    private readonly options: BatcherOptions,
    private readonly accountOf: (item: Item) => string,
    private readonly send: (items: Item[], connection: number) => Promise<Result[]>,
    private readonly observe: (batch: { size: number; queued: number }) => void = () => {},
  ) {
    this.#freeConnections = Array.from({ length: options.connectionsMax }, (_, connection) => connection)
  }

  get queued(): number {
    return this.#waiting.length
  }

  async run(item: Item): Promise<Result> {
    this.#requirePlace(1)
    return this.#enqueue(item)
  }

  /** The results of all, in order; refused as a whole when not all of them find a place. */
  async runTogether(items: Item[]): Promise<Result[]> {
    this.#requirePlace(items.length)
    return Promise.all(items.map((item) => this.#enqueue(item)))
  }

  /** Resolves once nothing waits and nothing is under way: for a shutdown that loses no charge. */
  drained(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #requirePlace(count: number): void {
    if (this.queued + count > this.options.queueMax)
      throw new Unavailable('Too many requests are waiting. Repeat the request with the same key.')
  }

  #enqueue(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, since: performance.now(), resolve, reject })
      this.#schedule()
    })
  }

  #isIdle(): boolean {
    return this.queued === 0 && this.#freeConnections.length === this.options.connectionsMax
  }

  /** After the events of this turn, so that requests that arrived together leave together. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  /** `isQuiet`: nobody has come for a moment, so there is no more company to be had. */
  #flush(isQuiet = false): void {
    this.#refuseOverdue()
    this.#sendWhatMay(isQuiet)
    this.#watchOldest()
    if (this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #sendWhatMay(isQuiet: boolean): void {
    while (this.queued > 0 && this.#freeConnections.length > 0) {
      const chosen = this.#choose()
      if (chosen.length === 0 || this.#lingers(chosen, isQuiet)) return
      const connection = this.#freeConnections.pop()
      if (connection === undefined) return
      void this.#sendBatch(this.#take(chosen), connection)
    }
  }

  /** While every connection is busy nothing else may happen for long, so the oldest that waits has a timer. */
  #watchOldest(): void {
    const [oldest] = this.#waiting
    if (oldest === undefined || this.#overdueTimer !== undefined) return
    const leftMs = oldest.since + this.options.waitMsMax - performance.now()
    this.#overdueTimer = setTimeout(() => {
      this.#overdueTimer = undefined
      this.#flush()
    }, leftMs + 1)
    // What waits, waits for a call; nothing has to stay awake for the timer alone.
    this.#overdueTimer.unref()
  }

  /** Where the items stand that a call could take now: the oldest whose accounts are in no call under way. */
  #choose(): number[] {
    const { sizeMax } = this.options
    const places: number[] = []
    const until = Math.min(this.queued, sizeMax * LOOK_AHEAD)
    for (let place = 0; place < until && places.length < sizeMax; place++) {
      const waiting = this.#waiting[place]
      if (waiting && !this.#busy.has(this.accountOf(waiting.item))) places.push(place)
    }
    return places
  }

  #lingers(chosen: number[], isQuiet: boolean): boolean {
    const { connectionsMax, lingerBelow, lingerMsMax, loadMin } = this.options
    const oldest = this.#waiting[chosen[0] ?? 0]
    if (oldest === undefined || chosen.length >= lingerBelow) return false
    const isIdle = this.#freeConnections.length === connectionsMax
    if (isIdle && (this.#lastSize < loadMin || isQuiet)) return false
    const leftMs = oldest.since + lingerMsMax - performance.now()
    if (leftMs <= 0) return false
    if (this.#lingerTimer === undefined) {
      const queuedBefore = this.queued
      const waitMs = isIdle ? Math.min(QUIET_MS, leftMs) : leftMs
      this.#lingerTimer = setTimeout(() => this.#endLinger(queuedBefore), waitMs)
    }
    return true
  }

  #endLinger(queuedBefore: number): void {
    this.#lingerTimer = undefined
    this.#flush(this.queued === queuedBefore)
  }

  #take(places: number[]): Waiting<Item, Result>[] {
    const taken: Waiting<Item, Result>[] = []
    const left: Waiting<Item, Result>[] = []
    let next = 0
    for (const [place, waiting] of this.#waiting.entries()) {
      if (place === places[next]) {
        taken.push(waiting)
        next += 1
      } else left.push(waiting)
    }
    this.#waiting = left
    this.#lastSize = taken.length
    this.observe({ size: taken.length, queued: left.length })
    return taken
  }

  async #sendBatch(batch: Waiting<Item, Result>[], connection: number): Promise<void> {
    const accounts = new Set(batch.map(({ item }) => this.accountOf(item)))
    for (const account of accounts) this.#busy.add(account)
    try {
      const results = await this.send(
        batch.map(({ item }) => item),
        connection,
      )
      if (results.length !== batch.length) throw new Error('a batch gave fewer results than it had items')
      for (const [place, result] of results.entries()) batch[place]?.resolve(result)
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    } finally {
      for (const account of accounts) this.#busy.delete(account)
      this.#freeConnections.push(connection)
      // Set while more was under way, it would make an idle batcher wait for longer than it should.
      clearTimeout(this.#lingerTimer)
      this.#lingerTimer = undefined
      this.#schedule()
    }
  }

  #refuseOverdue(): void {
    const deadline = performance.now() - this.options.waitMsMax
    let overdue = 0
    while ((this.#waiting[overdue]?.since ?? Number.POSITIVE_INFINITY) < deadline) overdue += 1
    for (const waiting of this.#waiting.splice(0, overdue)) waiting.reject(new Unavailable())
  }
}
