import type { Pool } from 'pg'
import { SECOND_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { endsWithin } from '@/lib/ends-within'
import { Unavailable } from '@/lib/errors'
import { processState } from '@/lib/process-state'

/** A probe that waits longer than this counts as a failure at most load balancers. */
const PING_TIMEOUT_MS = 2 * SECOND_MS
/** Probes are anybody's and not counted, so however many there are, the database is asked four times a second at most. */
const SHARED_MS = 250

type Ping = { sinceMs: number; answer: Promise<unknown> }

/** Returns when the database answers. Throws `Unavailable`, or what the database said, when it does not in time. */
export async function pingDatabase({ pool }: Context): Promise<void> {
  if (!(await endsWithin(sharedPing(pool), PING_TIMEOUT_MS)))
    throw new Unavailable('The database does not answer.')
}

/** Of one that has not been answered yet there is never a second: it would only wait for a connection beside it. */
function sharedPing(pool: Pool): Promise<unknown> {
  const pings = processState('http.pings', () => new WeakMap<Pool, Ping>())
  const nowMs = performance.now()
  const known = pings.get(pool)
  if (known && nowMs - known.sinceMs < SHARED_MS) return known.answer
  const answer = pool.query('select 1')
  pings.set(pool, { sinceMs: nowMs, answer })
  // Whoever waits for it is told; when all of them have left, nobody is.
  answer.catch(() => undefined)
  return answer
}
