import { claimEvents } from '@/lib/billing/events/event-rows'
import { attemptEvent } from '@/lib/billing/events/receive-event'
import type { Clock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { logFailure } from '@/lib/http/log'
import { processState } from '@/lib/process-state'

const BATCH = 50
/** Requests look for waiting events at most this often, each process for itself. */
const LOOK_EVERY_MS = 5_000

/**
 * Tries again what could not be applied when it came: at most one batch of what is due, or with `early` everything that
 * waits. Says how many were tried and how many still fail.
 */
export async function drainWebhooks(
  ctx: Context,
  input: { early?: boolean } = {},
): Promise<{ tried: number; failed: number }> {
  const { early = false } = input
  const seen = new Set<string>()
  let failed = 0
  for (;;) {
    const events = await claimEvents(ctx, { limit: BATCH, early, seen })
    for (const event of events) {
      seen.add(event.id)
      if (!(await attemptEvent(ctx, event))) failed += 1
    }
    if (!early || events.length === 0) return { tried: seen.size, failed }
  }
}

/** Lets a request start a drain in the background every few seconds: no other process has to be running. */
export function drainNowAndThen(parts: {
  pool: () => Context['pool']
  clock: () => Clock | Promise<Clock>
}): void {
  const state = processState('billing.drain', () => ({ nextAt: performance.now() + LOOK_EVERY_MS }))
  if (performance.now() < state.nextAt) return
  state.nextAt = performance.now() + LOOK_EVERY_MS
  const requestId = 'webhooks-drain'
  const drain = async () => {
    const caller = { kind: 'system', name: 'webhooks' } as const
    await drainWebhooks({ pool: parts.pool(), clock: await parts.clock(), caller, requestId })
  }
  drain().catch((error: unknown) => logFailure(error, { requestId, route: 'webhooks drain' }))
}
