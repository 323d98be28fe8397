import type { Tone } from '@/components/ui/badge'
import type { BillingState } from '@/lib/billing'
import { freePlan, type Plan, paidPlan, plan } from '@/lib/catalog'
import { dayInWords, formatMoney, formatWholeCredits } from '@/lib/format'

export type PlanWords = {
  /** Null for a plan nothing has to be said of. */
  badge: { tone: Tone; text: string } | null
  /** What a month brings and costs. */
  terms: string
  /** Until when, and what comes then. */
  outlook: string
}

type PlanFacts = {
  state: BillingState
  /** When the allowance is renewed; null while none is expected. */
  resetsAt: Date | null
  now: Date
}

/** The plan somebody is on, for them. */
export function planInWords({ state, resetsAt, now }: PlanFacts): PlanWords {
  const terms = termsOf(plan(state.plan))
  const day = (date: Date) => dayInWords(date)
  const next = resetsAt === null ? '' : `New credits come on ${day(resetsAt)}.`
  switch (state.status) {
    case 'free':
      return { badge: null, terms, outlook: next }
    case 'active':
      return {
        badge: { tone: 'good', text: 'Active' },
        terms,
        outlook: state.renewsAt === null ? next : renewal(state.renewsAt, now),
      }
    case 'cancelling':
      return {
        badge: { tone: 'warn', text: 'Ending' },
        terms,
        outlook: `${state.endsAt === null ? 'Ends with the month you paid for' : `Ends on ${day(state.endsAt)}`}, then ${freePlan().name}. Packs and other credits stay. You can keep it until then under “Manage plan and payment”.`,
      }
    case 'past_due':
      return {
        badge: { tone: 'bad', text: 'Payment failed' },
        terms,
        outlook: 'New credits come when the month is paid.',
      }
    case 'canceled': {
      const ended = `${paidPlan().name} ${state.endsAt === null ? 'has ended' : `ended on ${day(state.endsAt)}`}.`
      return { badge: null, terms, outlook: [ended, next].filter(Boolean).join(' ') }
    }
    default:
      return state.status satisfies never
  }
}

function termsOf({ monthlyCredits, priceCents, currency }: Plan): string {
  const credits = `${formatWholeCredits(monthlyCredits)} credits a month`
  return priceCents === 0 ? credits : `${credits} for ${formatMoney(priceCents, currency)}`
}

/** Stripe takes a renewal up to some hours after the period has ended. */
function renewal(renewsAt: Date, now: Date): string {
  if (renewsAt > now) return `Renews ${dayInWords(renewsAt)}.`
  return `The renewal of ${dayInWords(renewsAt)} is being paid. Your credits stay until then.`
}

/** What a failed payment for a plan means and what happens next. */
export function paymentProblemInWords(
  plan: string,
  { nextAttemptAt }: { nextAttemptAt: Date | null },
): string {
  const again =
    nextAttemptAt === null
      ? 'It is not tried again by itself.'
      : `Stripe tries again on ${dayInWords(nextAttemptAt)}.`
  return `${again} You keep ${plan} meanwhile, but no new credits come until it is paid. Packs and other credits can be spent.`
}
