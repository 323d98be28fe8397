import type { Pool } from 'pg'
import { type Clock, systemClock } from './clock'
import type { Context } from './context'
import { getEnv } from './env'
import { Forbidden, InvalidRequest, NotFound } from './errors'
import { peekProcessState, processState, setProcessState } from './process-state'

/** The offset of the test clock ahead of real time, as this process knows it. */
function offset(): { milliseconds: number } {
  return processState('test-clock.offset', () => ({ milliseconds: 0 }))
}

const testClock: Clock = { now: () => new Date(systemClock.now().getTime() + offset().milliseconds) }

const SHARED = 'clock.shared'

/** Replaces this process's clock, for tests with a fixed clock. See also `shareDatabase`. */
export function shareClock(clock: Clock): void {
  setProcessState(SHARED, clock)
}

/** The clock of pages, API and commands. With `TEST_CLOCK=on`, await `syncClock` before relying on it. */
export function currentClock(): Clock {
  return peekProcessState<Clock>(SHARED) ?? (getEnv().testClock ? testClock : systemClock)
}

/** Reads the offset that another process may have set. Does nothing unless `TEST_CLOCK=on`. */
export async function syncClock(pool: Pool): Promise<Clock> {
  if (getEnv().testClock) {
    const { rows } = await pool.query<{ offset_ms: number }>('select offset_ms from test_clock')
    // Answers may arrive out of order, and the clock only moves forward.
    const milliseconds = Math.max(offset().milliseconds, rows[0]?.offset_ms ?? 0)
    const hasMoved = milliseconds > offset().milliseconds
    offset().milliseconds = milliseconds
    if (hasMoved) for (const look of seers()) await look()
  }
  return currentClock()
}

/**
 * Moves the product's clock forward to `now`, from where it continues. The offset is stored in a row that all processes
 * share. Requires a secret key; throws `NotFound` without `TEST_CLOCK=on` and `InvalidRequest` for a time in the past.
 */
export async function moveTestClock(ctx: Context, now: Date): Promise<Date> {
  requireTestClock(ctx)
  const wanted = now.getTime() - systemClock.now().getTime()
  const { rows } = await ctx.pool.query<{ offset_ms: number }>(
    `insert into test_clock (offset_ms) values ($1)
     on conflict (id) do update set offset_ms = excluded.offset_ms where test_clock.offset_ms <= excluded.offset_ms
     returning offset_ms`,
    [Math.max(0, wanted)],
  )
  if (rows.length === 0 || wanted < 0) throw InvalidRequest.at('now', 'the clock only moves forward')
  const moved = await readTestClock(ctx)
  for (const follow of followers()) await follow()
  return moved
}

const seers = () => processState<(() => Promise<void>)[]>('clock.seers', () => [])

/** Registers work to run in this process when it notices that any process has moved the test clock. */
export function onClockSeen(look: () => Promise<void>): void {
  seers().push(look)
}

const followers = () => processState<(() => Promise<void>)[]>('clock.followers', () => [])

/** Registers work to run after each move of the test clock, such as the local Stripe's. */
export function onClockMoved(follow: () => Promise<void>): void {
  followers().push(follow)
}

/** The product's time. Requires a secret key; throws `NotFound` without `TEST_CLOCK=on`. */
export async function readTestClock(ctx: Context): Promise<Date> {
  requireTestClock(ctx)
  return (await syncClock(ctx.pool)).now()
}

function requireTestClock(ctx: Context): void {
  if (!getEnv().testClock) throw new NotFound('route')
  if (ctx.caller.kind !== 'key' && ctx.caller.kind !== 'system') throw new Forbidden()
}
