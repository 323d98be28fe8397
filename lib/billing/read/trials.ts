import type { Pool } from 'pg'
import type Stripe from 'stripe'
import { z } from 'zod'
import type { Plan, Trial } from '@/lib/catalog'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { PlanSubscription } from './plan-subscription'

/** An account's only trial. */
export type TrialRow = {
  subscription: string
  /** The credits of the trial; 0 if it was created by hand in Stripe. */
  credits: Millicredits
  /** True if its card had already had a trial. */
  isRefused: boolean
}

const row = z
  .object({ stripe_subscription: z.string(), credits: z.number(), refused: z.boolean() })
  .transform(
    ({ stripe_subscription: subscription, credits, refused: isRefused }): TrialRow => ({
      subscription,
      credits: millicredits(credits),
      isRefused,
    }),
  )

/** Null if the account has had no trial. */
export async function findTrial(db: Pick<Pool, 'query'>, accountId: string): Promise<TrialRow | null> {
  const { rows } = await db.query({
    name: 'find-trial',
    text: 'select stripe_subscription, credits, refused from trials where account_id = $1',
    values: [accountId],
  })
  return rows.length === 0 ? null : row.parse(rows[0])
}

/** The metadata that a checkout sets on its session and subscription, so that a trial grants what was offered. */
const DAYS = 'trial_days'
const CREDITS = 'trial_credits'

export function trialMetadata(trial: Trial | null): Record<string, string> {
  return trial === null ? {} : { [DAYS]: String(trial.days), [CREDITS]: String(trial.credits) }
}

/** True if a session was opened with this trial, or without one if it is null. */
export function hasTrial({ metadata }: Stripe.Checkout.Session, trial: Trial | null): boolean {
  const wanted = trialMetadata(trial)
  return [DAYS, CREDITS].every((name) => metadata?.[name] === wanted[name])
}

/** The credits of the trial that a checkout sold with a subscription; null if none of our checkouts sold one. */
export function trialSold({ trial_start: start, metadata }: Stripe.Subscription): Millicredits | null {
  const text = metadata[CREDITS] ?? ''
  return start !== null && /^[1-9]\d{0,12}$/.test(text) ? millicredits(Number(text)) : null
}

/** True if a subscription began with a trial that our checkout sold and that was not granted. */
export function isRefusedTrial({ subscription }: PlanSubscription, trial: TrialRow | null): boolean {
  if (trialSold(subscription) === null || trial === null) return false
  return trial.isRefused || trial.subscription !== subscription.id
}

/** The trial to offer with a plan to an account, whose trial is null if it has had none. */
export function trialOffered({ trial }: Pick<Plan, 'trial'>, had: TrialRow | null): Trial | null {
  return had === null ? trial : null
}
