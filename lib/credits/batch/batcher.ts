import { Unavailable } from '@/lib/errors'

export type BatcherOptions = {
  /** How many items one call takes at most. */
  sizeMax: number
  /** How many calls are under way at once: one connection each. */
  lanesMax: number
  /** How many items may wait; one more is refused with `Unavailable`. */
  queueMax: number
  /** How long an item may wait for a lane before it is refused with `Unavailable`; it has then had no effect. */
  waitMsMax: number
  /** While a call is under way, a smaller batch than this waits for company … */
  companyMin: number
  /** … this long at most. */
  companyMsMax: number
}

/** Items that were handed over together and leave in one call. */
type Group<Item, Result> = {
  items: Item[]
  since: number
  resolve: (results: Result[]) => void
  reject: (error: unknown) => void
}

/**
 * Gathers what concurrent callers ask and sends it together. An idle batcher sends at once what is there, so a lone
 * request pays nothing. While calls are under way the batches grow by themselves; a further lane is taken only for a
 * batch that is worth a call, or that has waited a few milliseconds.
 */
export class Batcher<Item, Result> {
  #waiting: Group<Item, Result>[] = []
  #queued = 0
  readonly #freeLanes: number[]
  #scheduled = false
  #companyTimer: NodeJS.Timeout | undefined
  #idle: (() => void)[] = []

  /** `send` gets the lane it runs in, and returns a result for each item, in order. */
  constructor(
    private readonly options: BatcherOptions,
    private readonly send: (items: Item[], lane: number) => Promise<Result[]>,
    private readonly observe: (batch: { size: number; queued: number }) => void = () => {},
  ) {
    this.#freeLanes = Array.from({ length: options.lanesMax }, (_, lane) => lane)
  }

  get queued(): number {
    return this.#queued
  }

  async run(item: Item): Promise<Result> {
    const [result] = await this.runTogether([item])
    if (result === undefined) throw new Error('a batch gave fewer results than it had items')
    return result
  }

  /** At most `sizeMax` items, which leave in one call, in their order. */
  runTogether(items: Item[]): Promise<Result[]> {
    if (items.length === 0) return Promise.resolve([])
    if (items.length > this.options.sizeMax) throw new RangeError(`${items.length} items do not fit one call`)
    if (this.#queued + items.length > this.options.queueMax)
      return Promise.reject(
        new Unavailable('Too many requests are waiting. Repeat the request with the same key.'),
      )
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, since: performance.now(), resolve, reject })
      this.#queued += items.length
      this.#schedule()
    })
  }

  /** Resolves once nothing waits and nothing is under way: for a shutdown that loses no charge. */
  drained(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #isIdle(): boolean {
    return this.#queued === 0 && this.#freeLanes.length === this.options.lanesMax
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

  #flush(): void {
    this.#refuseOverdue()
    while (this.#queued > 0 && this.#freeLanes.length > 0) {
      if (this.#waitsForCompany()) return
      const lane = this.#freeLanes.pop()
      if (lane === undefined) return
      void this.#sendBatch(this.#takeBatch(), lane)
    }
    if (this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #waitsForCompany(): boolean {
    const { lanesMax, companyMin, companyMsMax } = this.options
    const [oldest] = this.#waiting
    if (oldest === undefined || this.#freeLanes.length === lanesMax || this.#queued >= companyMin)
      return false
    const leftMs = oldest.since + companyMsMax - performance.now()
    if (leftMs <= 0) return false
    this.#companyTimer ??= setTimeout(() => {
      this.#companyTimer = undefined
      this.#flush()
    }, leftMs)
    return true
  }

  #takeBatch(): Group<Item, Result>[] {
    let size = 0
    let count = 0
    for (const { items } of this.#waiting) {
      if (size + items.length > this.options.sizeMax) break
      size += items.length
      count += 1
    }
    this.#queued -= size
    this.observe({ size, queued: this.#queued })
    return this.#waiting.splice(0, count)
  }

  async #sendBatch(batch: Group<Item, Result>[], lane: number): Promise<void> {
    try {
      const results = await this.send(
        batch.flatMap((group) => group.items),
        lane,
      )
      let from = 0
      for (const { items, resolve } of batch) {
        resolve(results.slice(from, from + items.length))
        from += items.length
      }
    } catch (error) {
      for (const group of batch) group.reject(error)
    } finally {
      this.#freeLanes.push(lane)
      this.#schedule()
    }
  }

  #refuseOverdue(): void {
    const deadline = performance.now() - this.options.waitMsMax
    let overdue = 0
    while ((this.#waiting[overdue]?.since ?? Number.POSITIVE_INFINITY) < deadline) overdue += 1
    for (const group of this.#waiting.splice(0, overdue)) {
      this.#queued -= group.items.length
      group.reject(new Unavailable())
    }
  }
}
