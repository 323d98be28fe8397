import type { Pool } from 'pg'
import { SECOND_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { endsWithin } from '@/lib/ends-within'
import { Unavailable } from '@/lib/errors'
import { processState } from '@/lib/process-state'

/** Most load balancers treat a slower probe as a failure. */
const PING_TIMEOUT_MS = 2 * SECOND_MS
/** Anyone can probe without a rate limit, so the database is queried at most four times a second. */
const SHARED_MS = 250

type Ping = { sinceMs: number; answer: Promise<unknown> }

/** Returns when the database answers. Throws `Unavailable` if it does not answer in time, or the database's own error. */
export async function pingDatabase({ pool }: Context): Promise<void> {
  if (!(await endsWithin(sharedPing(pool), PING_TIMEOUT_MS)))
    throw new Unavailable('The database does not answer.')
}

/** A second query never starts while one is pending, because it would only wait for another connection. */
function sharedPing(pool: Pool): Promise<unknown> {
  const pings = processState('http.pings', () => new WeakMap<Pool, Ping>())
  const nowMs = performance.now()
  const known = pings.get(pool)
  if (known && nowMs - known.sinceMs < SHARED_MS) return known.answer
  const answer = pool.query('select 1')
  pings.set(pool, { sinceMs: nowMs, answer })
  // Waiting callers get the rejection; if there are none, it must not be unhandled.
  answer.catch(() => undefined)
  return answer
}
