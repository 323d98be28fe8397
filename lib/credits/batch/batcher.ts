import { Unavailable } from '@/lib/errors'

export type BatcherOptions = {
  /** The maximum number of items per call. */
  sizeMax: number
  /** The maximum number of concurrent calls; each uses one connection. */
  connectionsMax: number
  /** The maximum number of waiting items; any further item is refused with `Unavailable`. */
  queueMax: number
  /** The longest an item waits for a connection before it is refused with `Unavailable`, without any effect. */
  waitMsMax: number
  /** While a call is under way, a batch smaller than this lingers for more items … */
  lingerBelow: number
  /** … for at most this long. */
  lingerMsMax: number
  /** After a call of at least this size, the next batch lingers too while more items arrive. */
  loadMin: number
}

type Waiting<Item, Result> = {
  item: Item
  since: number
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/** If no item arrives for this long, the batcher expects no more. */
const QUIET_MS = 1

/** A free connection searches this many call sizes into the queue for items of other accounts. */
const LOOK_AHEAD = 4

/**
 * Gathers the items of concurrent callers and sends them together. An idle batcher sends immediately, so a lone request
 * is not delayed. While calls are under way, batches grow; a further connection is used only for a batch that is large
 * enough or has waited a few milliseconds. After a large call an idle batcher lingers too, as long as more items
 * arrive: each call has a high fixed cost, so a series of small ones would saturate the CPU.
 *
 * Concurrent calls never share an account: each locks the accounts of its items, so the second would only wait for the
 * first (docs/adr/0003). An account's items are therefore also sent in order of arrival.
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

  /** `send` receives its connection's number and returns one result per item, in order. */
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

  /** Returns all results in order. Refuses all items if they do not all fit in the queue. */
  async runTogether(items: Item[]): Promise<Result[]> {
    this.#requirePlace(items.length)
    return Promise.all(items.map((item) => this.#enqueue(item)))
  }

  /** Resolves once no item waits and no call is under way, so that a shutdown loses no charge. */
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

  /** Flushes at the end of this event-loop turn, so that requests that arrived together are sent together. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  /** `isQuiet`: no item has arrived for a moment, so lingering would gain nothing. */
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

  /** Sets a timer for the oldest waiting item, because while every connection is busy no other event may occur in time. */
  #watchOldest(): void {
    const [oldest] = this.#waiting
    if (oldest === undefined || this.#overdueTimer !== undefined) return
    const leftMs = oldest.since + this.options.waitMsMax - performance.now()
    this.#overdueTimer = setTimeout(() => {
      this.#overdueTimer = undefined
      this.#flush()
    }, leftMs + 1)
    // The call in progress keeps the process alive, so the timer need not.
    this.#overdueTimer.unref()
  }

  /** Returns the queue positions that a call can take now: the oldest items whose accounts are not in a current call. */
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
      if (results.length !== batch.length) throw new Error('a batch returned fewer results than it had items')
      for (const [place, result] of results.entries()) batch[place]?.resolve(result)
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    } finally {
      for (const account of accounts) this.#busy.delete(account)
      this.#freeConnections.push(connection)
      // The timer was set while the batcher was busy; it would make an idle one linger too long.
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
