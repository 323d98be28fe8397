import {
  endedAt,
  firstPaidAt,
  isMarkedSecond,
  type PlanSubscription,
  paidInvoices,
  renewalOf,
} from './plan-subscription'

const NEVER = Number.POSITIVE_INFINITY

/**
 * A subscription's standing among those of its customer. From `lostAt` on, in seconds, another one counts, and payments
 * of this one buy nothing; infinity if it never loses. `to` is the one that counts; null if only its mark is known.
 */
export type Standing = { lostAt: number; to: PlanSubscription | null }

/**
 * A paid subscription beats an unpaid one; of several paid ones, the one paid first counts. The times in Stripe decide,
 * not the times of reading, so late events lead to the same result. `all` is ordered by age.
 */
export function standingsOf(all: PlanSubscription[]): ReadonlyMap<PlanSubscription, Standing> {
  const standings = new Map<PlanSubscription, Standing>()
  const endOf = (one: PlanSubscription) => Math.min(endedAt(one), standings.get(one)?.lostAt ?? NEVER)
  for (const one of all)
    standings.set(one, {
      lostAt: isMarkedSecond(one.subscription) ? Number.NEGATIVE_INFINITY : NEVER,
      to: null,
    })

  const paid = all
    .map((one) => ({ one, at: firstPaidAt(one) ?? NEVER }))
    .filter(({ at }) => at !== NEVER)
    .sort((left, right) => left.at - right.at)
  const kept: PlanSubscription[] = []
  for (const { one, at } of paid) {
    if ((standings.get(one)?.lostAt ?? NEVER) <= at || endedAt(one) < at) continue
    const before = kept.find((first) => endOf(first) > at && wasPaidAt(first, at))
    if (before) {
      standings.set(one, { lostAt: at, to: before })
      continue
    }
    // No other live subscription is paid at this moment; otherwise it would come first.
    for (const other of all)
      if (other !== one && other.subscription.created < at && endOf(other) > at)
        standings.set(other, { lostAt: at, to: one })
    kept.push(one)
  }
  for (const other of all) {
    const { created } = other.subscription
    if (firstPaidAt(other) !== null || endOf(other) !== NEVER) continue
    const winner = kept.find((one) => endOf(one) > created && wasPaidAt(one, created))
    if (winner) standings.set(other, { lostAt: created, to: winner })
  }
  return standings
}

/** Returns true if the current period had been paid by an instant, or its renewal had not yet failed. */
function wasPaidAt(one: PlanSubscription, at: number): boolean {
  const ends = paidInvoices(one)
    .filter((invoice) => invoice.at <= at)
    .flatMap(({ lines }) => lines.map(({ period }) => period.end.getTime() / 1_000))
  if (ends.length === 0) return false
  const until = Math.max(...ends)
  if (at < until) return true
  const next = one.invoices.find(({ lines }) =>
    lines.some(({ period }) => period.start.getTime() / 1_000 >= until),
  )
  if (!next) return false
  const { attempt_count: attempts, status_transitions: transitions } = next.invoice
  const renewal = renewalOf(next)
  switch (renewal) {
    case 'draft':
    case 'processing':
      return true
    case 'paid':
      // Paid at the first attempt, so the payment was pending until then.
      return attempts <= 1
    case 'open':
    case 'none':
      return transitions.finalized_at !== null && at < transitions.finalized_at
    default:
      return renewal satisfies never
  }
}
