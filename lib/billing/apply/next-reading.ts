import { isAlive } from '@/lib/billing/read/plan-subscription'
import type { SubscriptionFacts } from '@/lib/billing/read/subscription-facts'
import { HOUR_MS, MINUTE_MS } from '@/lib/clock'

/** While a payment is pending or about to be attempted, the effect of a lost event is repaired within ten minutes. */
const PENDING_MS = 5 * MINUTE_MS
/** While a subscription waits for the customer or staff, the effect of a lost event is repaired within an hour. */
const WAITING_MS = HOUR_MS

/**
 * When to read a subscription again if no event arrives first: when its known period ends, soon while a payment is pending,
 * hourly while it waits for the customer or staff. Null once it is over, unless a payment that will buy nothing
 * (`isPaymentPending`) may still arrive.
 */
export function nextReadingAt(
  facts: SubscriptionFacts,
  { now, isPaymentPending }: { now: Date; isPaymentPending: boolean },
): Date | null {
  const after = (milliseconds: number) => new Date(now.getTime() + milliseconds)
  const own = isAlive(facts) ? nextOfAlive(facts, now) : null
  return isPaymentPending && (own === null || own > after(WAITING_MS)) ? after(WAITING_MS) : own
}

function nextOfAlive(facts: SubscriptionFacts, now: Date): Date {
  const after = (milliseconds: number) => new Date(now.getTime() + milliseconds)
  // A draft does not change until it is finalised; after that, its event gets a moment to arrive.
  if (facts.renewal === 'draft' && facts.finalizesAt !== null && facts.finalizesAt > now)
    return new Date(facts.finalizesAt.getTime() + PENDING_MS)
  if (!facts.hasStarted || facts.renewal === 'draft' || facts.renewal === 'processing')
    return after(PENDING_MS)
  if (facts.renewal === 'open' || facts.status === 'unpaid' || facts.status === 'paused')
    return after(WAITING_MS)
  const ahead = [facts.period.end, facts.endsAt, facts.resumesAt]
    .flatMap((instant) => instant?.getTime() ?? [])
    .filter((instant) => instant > now.getTime())
  return ahead.length === 0 ? after(PENDING_MS) : new Date(Math.min(...ahead))
}
