import { syncClock } from '@/lib/current-clock'
import { databaseUrl, getPool } from '@/lib/db/pool'
import { endsWithin } from '@/lib/ends-within'
import { startRelay } from '@/lib/events/relay'
import { logFailure } from '@/lib/http/log'
import { observeRelay } from '@/lib/http/metrics'
import { deliverDue } from '@/lib/webhooks/deliver'
import { sweepers } from './sweepers'
import { startWorker } from './worker'

export type DueWork = { stop(): Promise<void> }

/** Retries and resent events wait at most this much longer than they have to. */
const DELIVER_EVERY_MS = 1_000
/** An attempt that takes longer is made again, by another process or after the next start. */
const STOP_MS = 2_000

/**
 * Starts everything that works without a request: the sweepers, the relay of events, and deliveries. Deliveries created
 * by the relay start immediately.
 */
export async function startDueWork(): Promise<DueWork> {
  const worker = await startWorker(sweepers())
  const running = new Set<Promise<void>>()
  const deliver = () => {
    const work = deliverNow().finally(() => running.delete(work))
    running.add(work)
  }
  const relay = startRelay(databaseUrl(), (moved) => {
    observeRelay(moved)
    if (moved.deliveries > 0) deliver()
  })
  const timer = setInterval(deliver, DELIVER_EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all([relay.stop(), worker.stop(), endsWithin(Promise.all(running), STOP_MS)])
    },
  }
}

async function deliverNow(): Promise<void> {
  const requestId = 'deliver'
  try {
    const pool = getPool()
    await deliverDue({
      pool,
      clock: await syncClock(pool),
      caller: { kind: 'system', name: requestId },
      requestId,
    })
  } catch (error) {
    logFailure(error, { requestId, route: 'webhooks' })
  }
}
