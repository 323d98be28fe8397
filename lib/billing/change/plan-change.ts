import { accountOf } from '@/lib/auth/require'
import { syncAccount } from '@/lib/billing/apply/sync-account'
import { type Sold, soldAs } from '@/lib/billing/checkout/offers'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import type { PlanDecision } from '@/lib/billing/read/decide'
import type { SubscriptionFacts } from '@/lib/billing/read/subscription-facts'
import { findPlan, isUpgrade, type Plan, priceIn } from '@/lib/catalog'
import { catalogAt, planAsSold, planEver } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { InvalidRequest } from '@/lib/errors'

/**
 * `now`: an upgrade, which is paid in full and begins a new period immediately. `later`: a downgrade or another
 * interval, which begins when the paid period ends.
 */
export type PlanChange = {
  when: 'now' | 'later'
  from: Plan
  to: Sold
  /** When a `later` change happens. */
  at: Date
}

/** A change of plan for an active subscription. */
export type Found = PlanChange & { subscription: SubscriptionFacts }

/**
 * The change that buying a plan means for a person; null if they have no plan yet, so that it is a purchase. Throws
 * `InvalidRequest` if they have this plan or theirs cannot change now.
 */
export function changeTo(
  ctx: Context,
  to: Sold,
  { followed, shown }: Pick<PlanDecision, 'followed' | 'shown'>,
): Found | null {
  const now = ctx.clock.now()
  if (shown !== null && !shown.hasStarted && shown.renewal === 'processing')
    throw InvalidRequest.at('plan', `was bought: the first payment for ${nameOf(shown.plan)} is pending`)
  if (followed === null || !isRunning(followed) || (followed.endsAt !== null && followed.endsAt <= now))
    return null
  const catalog = catalogAt(now)
  const from = planAsSold(followed.plan, followed.since) ?? planEver(followed.plan)
  const next = findPlan(catalog, to.key)
  if (!from || !next) throw InvalidRequest.at('plan', 'is not for sale')
  const problem = followed.plan === to.key ? `is ${from.name} already` : problemWith(followed, from.name)
  if (problem !== null) throw InvalidRequest.at('plan', problem)
  const { currency } = followed
  if (next.prices[currency] === undefined) throw InvalidRequest.at('plan', `is not sold in ${currency}`)
  return {
    when: isUpgrade(from, next) ? 'now' : 'later',
    from,
    // A subscription is paid in one currency for as long as it is active.
    to: { ...to, ...priceIn(to, currency) },
    at: followed.period.end,
    subscription: followed,
  }
}

function isRunning({ status }: SubscriptionFacts): boolean {
  return status === 'active' || status === 'trialing' || status === 'past_due'
}

/** Why a plan cannot change now; null if it can. */
function problemWith(facts: SubscriptionFacts, name: string): string | null {
  const { status, endsAt, isCollectionPaused, isChecking, renewal, pending } = facts
  if (isChecking) return `cannot change while a payment for ${name} is being checked`
  if (isCollectionPaused) return `cannot change while the payments for ${name} are paused`
  if (endsAt !== null)
    return `cannot change while ${name} ends: resume it first under "Manage plan and payment"`
  if (pending !== null && pending.url === null)
    return `cannot change while the payment for ${nameOf(pending.plan)} is pending`
  if (status === 'trialing') return `cannot change before the trial of ${name} is over`
  return status === 'active' && renewal === 'paid' ? null : `cannot change before ${name} is paid`
}

const nameOf = (plan: string) => planEver(plan)?.name ?? plan

/**
 * Describes a change to a plan, for the page that confirms it. Returns null and throws like `changeTo`; also throws
 * `Unavailable`.
 */
export async function findPlanChange(
  ctx: Context,
  input: { plan: string; user?: string | undefined },
): Promise<PlanChange | null> {
  const accountId = await accountOf(ctx, input.user)
  const to = soldAs(ctx, { plan: input.plan })
  const customer = await findCustomer(ctx, accountId)
  if (customer === null) return null
  const { plan } = await syncAccount(ctx, { accountId, customer }, { plan: true })
  return plan === null ? null : changeTo(ctx, to, plan)
}
