import { claimEvents } from '@/lib/billing/events/event-rows'
import { attemptEvent } from '@/lib/billing/events/receive-event'
import type { Context } from '@/lib/context'
import { CLAIMED_MAX } from './claim-due'

/**
 * Retries events that could not be applied on arrival: all due ones or, with `early`, all waiting ones, a hundred at a
 * time and each once. Returns how many were tried and how many still fail.
 */
export async function drainWebhooks(
  ctx: Context,
  { early = false }: { early?: boolean } = {},
): Promise<{ tried: number; failed: number }> {
  const seen = new Set<string>()
  let failed = 0
  for (;;) {
    const events = await claimEvents(ctx, { limit: CLAIMED_MAX, early, seen })
    if (events.length === 0) return { tried: seen.size, failed }
    for (const event of events) {
      seen.add(event.id)
      if (!(await attemptEvent(ctx, event))) failed += 1
    }
  }
}
