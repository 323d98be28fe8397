import { settleDebit } from '../flows/bank-debits'
import { expireSession } from '../flows/checkout'
import { invoiceTasks } from '../flows/collect'
import { subscriptionTasks } from '../flows/subscription-life'
import type { Courier } from './delivery'
import type { World } from './world'

/** The source of time; the sandbox adds its own offset. */
export type TimeSource = { now(): Date }

type Due = { at: number; play: () => void }

/** All that will happen without a call, and when. What falls into the same second happens in this order. */
function dueTasks(world: World): Due[] {
  const { store } = world
  const tasks: Due[] = []
  for (const session of store.sessions.all()) {
    if (session.status === 'open') {
      tasks.push({ at: session.expires_at, play: () => expireSession(world, session) })
    }
  }
  for (const { id, settlesAt, arrives } of store.debits.all()) {
    const intent = store.paymentIntents.get(id)
    if (intent !== undefined) {
      tasks.push({ at: settlesAt, play: () => settleDebit(world, intent, arrives) })
    }
  }
  for (const subscription of store.subscriptions.all()) tasks.push(...subscriptionTasks(world, subscription))
  for (const invoice of store.invoices.all()) tasks.push(...invoiceTasks(world, invoice))
  return tasks
}

function firstDue(world: World, until: number): Due | undefined {
  let first: Due | undefined
  for (const task of dueTasks(world)) {
    if (task.at <= until && (first === undefined || task.at < first.at)) first = task
  }
  return first
}

/**
 * The sandbox's time: a running source plus an offset that only grows. While due events happen, the clock shows each event's
 * due time, so last month's renewal has last month's date.
 */
export class TestClock {
  readonly #source: TimeSource
  #offsetMs = 0
  #standing: number | null = null
  #playing = false

  constructor(source: TimeSource) {
    this.#source = source
  }

  get offsetMs(): number {
    return this.#offsetMs
  }

  restore(offsetMs: number): void {
    this.#offsetMs = offsetMs
  }

  seconds(): number {
    return this.#standing ?? Math.floor((this.#source.now().getTime() + this.#offsetMs) / 1000)
  }

  now(): Date {
    return this.#standing === null
      ? new Date(this.#source.now().getTime() + this.#offsetMs)
      : new Date(this.#standing * 1000)
  }

  /**
   * Triggers everything that is due and returns true if there was anything. Does nothing during an advance, which
   * triggers due events itself.
   */
  settle(world: World): boolean {
    if (this.#playing) return false
    let played = false
    this.#playing = true
    const now = this.seconds()
    try {
      for (let task = firstDue(world, now); task !== undefined; task = firstDue(world, now)) {
        this.#standing = Math.max(task.at, this.#standing ?? task.at)
        task.play()
        played = true
      }
      return played
    } finally {
      this.#standing = null
      this.#playing = false
    }
  }

  /** Moves time to `target`, which must not be in the past, and triggers everything due until then in order. */
  async advanceTo(world: World, courier: Courier, target: Date): Promise<void> {
    if (this.#playing) throw new RangeError('The sandbox’s clock is already being moved')
    this.settle(world)
    if (target.getTime() < this.now().getTime()) {
      throw new RangeError(`The sandbox’s clock is already at ${this.now().toISOString()}`)
    }
    this.#standing = this.seconds()
    this.#playing = true
    try {
      await this.#play(world, courier, Math.floor(target.getTime() / 1000))
    } finally {
      this.#offsetMs = target.getTime() - this.#source.now().getTime()
      this.#standing = null
      this.#playing = false
    }
    if (courier.mode === 'auto') await courier.drain()
  }

  async #play(world: World, courier: Courier, until: number): Promise<void> {
    const auto = courier.mode === 'auto'
    for (;;) {
      const task = firstDue(world, until)
      const attemptAt = auto ? courier.nextAttemptAt() : null
      const deliverFirst =
        attemptAt !== null && attemptAt <= until && (task === undefined || attemptAt <= task.at)
      const at = deliverFirst ? attemptAt : task?.at
      if (at === undefined) break
      this.#standing = Math.max(at, this.#standing ?? at)
      if (!deliverFirst) task?.play()
      if (auto) await courier.drain()
    }
  }
}
