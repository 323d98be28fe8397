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
}

type Waiting<Item, Result> = {
  item: Item
  since: number
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * Gathers what concurrent callers ask and sends it together. It never waits for company: a free lane takes at once what
 * is there, so a lone request pays nothing, and under load the batches grow by themselves while the lanes are busy.
 */
export class Batcher<Item, Result> {
  #waiting: Waiting<Item, Result>[] = []
  readonly #freeLanes: number[]
  #scheduled = false
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
    return this.#waiting.length
  }

  run(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.options.queueMax) {
      return Promise.reject(
        new Unavailable('Too many requests are waiting. Repeat the request with the same key.'),
      )
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, since: performance.now(), resolve, reject })
      this.#schedule()
    })
  }

  /** Resolves once nothing waits and nothing is under way: for a shutdown that loses no charge. */
  drained(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#freeLanes.length === this.options.lanesMax
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
    while (this.#waiting.length > 0) {
      const lane = this.#freeLanes.pop()
      if (lane === undefined) return
      const batch = this.#waiting.splice(0, this.options.sizeMax)
      this.observe({ size: batch.length, queued: this.#waiting.length })
      void this.#sendBatch(batch, lane)
    }
    if (this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #sendBatch(batch: Waiting<Item, Result>[], lane: number): Promise<void> {
    try {
      const results = await this.send(
        batch.map((waiting) => waiting.item),
        lane,
      )
      batch.forEach((waiting, index) => {
        const result = results[index]
        if (result === undefined) waiting.reject(new Error('a batch gave fewer results than it had items'))
        else waiting.resolve(result)
      })
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    } finally {
      this.#freeLanes.push(lane)
      this.#schedule()
    }
  }

  #refuseOverdue(): void {
    const deadline = performance.now() - this.options.waitMsMax
    let overdue = 0
    while (overdue < this.#waiting.length && (this.#waiting[overdue]?.since ?? deadline) < deadline)
      overdue += 1
    for (const waiting of this.#waiting.splice(0, overdue)) waiting.reject(new Unavailable())
  }
}
