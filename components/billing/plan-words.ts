import { planPriceInWords, priceInWords } from '@/components/billing/offer-words'
import type { Tone } from '@/components/ui/badge'
import type { BillingState } from '@/lib/billing'
import { type Catalog, findPlan, freePlan, isSold, type Plan } from '@/lib/catalog'
import { catalogAt, planEver } from '@/lib/catalogs/current'
import { dayInWords, formatWholeCredits } from '@/lib/format'
import type { Millicredits } from '@/lib/millicredits'

export type PlanWords = {
  /** Null if the plan is in good standing. */
  badge: { tone: Tone; text: string } | null
  /** The monthly credits and the price. */
  terms: string
  /** The end or renewal, and what happens then; empty if none is known. */
  outlook: string
}

type PlanFacts = {
  state: BillingState
  /** The next reset of the allowance; null if none is expected. */
  resetsAt: Date | null
  now: Date
}

/** Describes a person's plan. */
export function planInWords({ state, resetsAt, now }: PlanFacts): PlanWords {
  const catalog = catalogAt(now)
  const terms = termsOf(catalog, state)
  const name = planName(state.subscribed ?? state.plan)
  const free = freePlan(catalog).name
  const day = (date: Date) => dayInWords(date, now)
  // A plan that Stripe does not know has no next renewal, only a last one.
  const next = resetsAt === null || resetsAt <= now ? '' : `New credits arrive on ${day(resetsAt)}.`
  const words = (badge: PlanWords['badge'], ...sentences: string[]): PlanWords => ({
    badge,
    terms,
    outlook: sentences.filter(Boolean).join(' '),
  })
  switch (state.status) {
    case 'free':
    case 'incomplete':
      return words(null, next)
    case 'active':
      return words(
        { tone: 'good', text: 'Active' },
        state.renewsAt === null ? next : renewal(state, state.renewsAt, now),
        state.sold?.interval === 'year' && state.renewsAt !== null ? next : '',
      )
    case 'trialing':
      return words(
        { tone: 'good', text: 'Trial' },
        `Trial until ${state.renewsAt === null ? 'its end' : day(state.renewsAt)}, then ${priceOf(state)}.`,
        triedCredits(state) === null
          ? `Its credits come with the first payment; until then ${name} can be used with the credits you have.`
          : '',
        'If you cancel before then under “Manage plan and payment”, you pay nothing.',
      )
    case 'cancelling':
      return words(
        { tone: 'warn', text: 'Ending' },
        state.trial === null ? '' : 'Nothing will be charged.',
        `${state.endsAt === null ? 'Ends with the month you paid for' : `Ends on ${day(state.endsAt)}`}, then ${state.platformPlan === null ? free : planName(state.platformPlan)}. Packs and other credits stay.`,
        state.platformPlan === null ? 'You can keep it until then under “Manage plan and payment”.' : '',
      )
    case 'pausing':
      return words(
        { tone: 'warn', text: 'Paused' },
        `Payments are paused: ${name} lasts until ${state.endsAt === null ? 'the end of what you paid for' : day(state.endsAt)}, then ${free}. Packs and other credits stay.`,
        resume(state, name),
      )
    case 'processing':
      return words(
        { tone: 'warn', text: 'Payment pending' },
        'The payment for the new month is on its way; banks take up to 14 days.',
        `The credits you have can be spent until it arrives${state.renewsAt === null ? '' : `, until ${day(state.renewsAt)} at the latest`}.`,
      )
    case 'past_due':
      return words({ tone: 'bad', text: 'Payment failed' }, 'New credits arrive when the month is paid.')
    case 'invoiced':
      return words({ tone: 'warn', text: 'To be paid' }, 'New credits arrive when the invoice is paid.')
    case 'paused':
      return words({ tone: 'warn', text: `${name} paused` }, ended(name, state), resume(state, name), next)
    case 'unpaid':
      return words({ tone: 'bad', text: `${name} not paid` }, ended(name, state), next)
    case 'checking':
      return words({ tone: 'warn', text: 'Being checked' }, next)
    case 'canceled':
      return words(null, state.trial === 'refused' ? refusedTrial(name) : ended(name, state), next)
    default:
      return state.status satisfies never
  }
}

/** Explains that a trial ended immediately. */
export function refusedTrial(name: string): string {
  return `The trial of ${name} did not begin, because its card has been used for a trial before. Nothing was charged, and you can still buy ${name} at its full price.`
}

/** The credits of the current trial; null if there is no trial or it has no credits. */
function triedCredits({ trial }: BillingState): Millicredits | null {
  return trial === null || trial === 'refused' || trial.credits === 0 ? null : trial.credits
}

/** "$20 a month", in the currency of the subscription. */
function priceOf({ plan: key, sold, currency }: BillingState): string {
  const plan = sold ?? planEver(key)
  return plan && isSold(plan) ? planPriceInWords(plan, currency ?? undefined) : 'its price'
}

function ended(name: string, { endsAt }: BillingState): string {
  return endsAt === null ? `${name} has ended.` : `${name} ended on ${dayInWords(endsAt)}.`
}

/** Describes how a paused plan can be resumed. */
function resume({ resumesAt, status }: BillingState, name: string): string {
  if (resumesAt !== null) return `Payments and ${name} resume automatically on ${dayInWords(resumesAt)}.`
  if (status === 'paused') return `To continue, buy ${name} again or ask us to resume it.`
  return `To continue with ${name}, ask us to resume the payments.`
}

/** The name of a plan, which may no longer be for sale. */
export function planName(key: string): string {
  return planEver(key)?.name ?? key
}

/** The price is shown for plans that are paid here. */
function termsOf(catalog: Catalog, state: BillingState): string {
  const { plan: key, sold, platformPlan, currency } = state
  const plan: Plan | undefined = sold ?? findPlan(catalog, key) ?? planEver(key)
  if (!plan) return key
  const credits = `${formatWholeCredits(plan.monthlyCredits)} credits a month`
  if (!isSold(plan) || platformPlan !== null) return credits
  const tried = triedCredits(state)
  if (tried !== null) {
    const trial = `${formatWholeCredits(tried)} credits for the trial`
    return state.status === 'trialing' ? `${trial}, then ${credits}` : trial
  }
  const price = plan.interval === 'month' ? priceInWords : planPriceInWords
  return `${credits} for ${price(plan, currency ?? undefined)}`
}

/** Stripe charges a renewal up to several hours after the period has ended. */
function renewal({ plan, next }: BillingState, renewsAt: Date, now: Date): string {
  // Stripe's portal cancels no subscription with a scheduled change.
  if (next !== null && next.at > now)
    return `Changes to ${planName(next.plan)} on ${dayInWords(next.at, now)}. To cancel instead, keep ${planName(plan)} first.`
  if (renewsAt > now) return `Renews ${dayInWords(renewsAt, now)}.`
  return `The renewal of ${dayInWords(renewsAt)} is being paid. Your credits stay until then.`
}
