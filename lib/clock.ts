/** The source of time for verbs; tests and the test clock can move it. No decision reads the wall clock. */
export type Clock = { now(): Date }

export const systemClock: Clock = { now: () => new Date() }

/** A clock that stands still until moved, for tests and for building the demo's month. */
export class ManualClock implements Clock {
  #now: number
  constructor(start: Date | string) {
    this.#now = new Date(start).getTime()
  }
  now(): Date {
    return new Date(this.#now)
  }
  advance(milliseconds: number): void {
    this.#now += milliseconds
  }
  moveTo(instant: Date | string): void {
    this.#now = new Date(instant).getTime()
  }
}

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
