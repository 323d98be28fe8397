import type { Pool } from 'pg'
import { type Clock, systemClock } from './clock'
import type { Context } from './context'
import { getEnv } from './env'
import { Forbidden, InvalidRequest, NotFound } from './errors'
import { peekProcessState, processState, setProcessState } from './process-state'

/** How far ahead of real time this process believes the test clock to be. */
function offset(): { milliseconds: number } {
  return processState('test-clock.offset', () => ({ milliseconds: 0 }))
}

const testClock: Clock = { now: () => new Date(systemClock.now().getTime() + offset().milliseconds) }

const SHARED = 'clock.shared'

/** Makes a clock the one of this process, for tests that let time stand still; as `shareDatabase` does with a database. */
export function shareClock(clock: Clock): void {
  setProcessState(SHARED, clock)
}

/** The clock that pages, API and commands share. With `TEST_CLOCK=on`, await `syncClock` before relying on it. */
export function currentClock(): Clock {
  return peekProcessState<Clock>(SHARED) ?? (getEnv().testClock ? testClock : systemClock)
}

/** Learns the offset another process may have set. Costs nothing unless `TEST_CLOCK=on`. */
export async function syncClock(pool: Pool): Promise<Clock> {
  if (getEnv().testClock) {
    const { rows } = await pool.query<{ offset_ms: number }>('select offset_ms from test_clock')
    // An answer may come after a later one, and the clock moves forward only.
    offset().milliseconds = Math.max(offset().milliseconds, rows[0]?.offset_ms ?? 0)
  }
  return currentClock()
}

/**
 * Moves the product's clock forward to `now`, from which it ticks on; the offset is a row, so every process and restart
 * shares it. For the operator's key only and `NotFound` without `TEST_CLOCK=on`. Throws `InvalidRequest` backwards.
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
  if (rows.length === 0 || wanted < 0) throw InvalidRequest.at('now', 'the clock moves forward only')
  const moved = await readTestClock(ctx)
  for (const follow of followers()) await follow()
  return moved
}

const followers = () => processState<(() => Promise<void>)[]>('clock.followers', () => [])

/** Registers what has to be played when the test clock was moved: the local Stripe. */
export function onClockMoved(follow: () => Promise<void>): void {
  followers().push(follow)
}

/** What the product's clock says. For the operator's key only; `NotFound` without `TEST_CLOCK=on`. */
export async function readTestClock(ctx: Context): Promise<Date> {
  requireTestClock(ctx)
  return (await syncClock(ctx.pool)).now()
}

function requireTestClock(ctx: Context): void {
  if (!getEnv().testClock) throw new NotFound('route')
  if (ctx.caller.kind !== 'key' && ctx.caller.kind !== 'system') throw new Forbidden()
}
