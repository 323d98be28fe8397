import { amountOf } from '@/components/format/amount-of'
import type { Lost } from '@/components/studio/use-run'
import type { ProblemJson } from '@/lib/contract/problems'
import { creditsInWords, dayInWords, formatCredits } from '@/lib/format'

/** The state of a refused run: `nothing` was charged, its usage was `charged`, or that is `unknown`. */
export type RefusedRun = 'nothing' | 'charged' | 'unknown'

const REST: Record<RefusedRun, string> = {
  nothing: ' Nothing was charged, and everything else here still works.',
  charged: ' The completed steps are charged, and everything else here still works.',
  unknown: ' Everything else here still works.',
}

/** Explains a lost connection to the person who is waiting. */
export function lostInWords({ when, isOffline }: Lost): { title: string; text: string } {
  switch (when) {
    case 'unsent':
      return { title: 'You are offline.', text: 'Nothing was charged. Try again once you are back.' }
    case 'unanswered':
      return {
        title: isOffline ? 'You are offline.' : 'There was no answer.',
        text: 'The result is unknown. Try again: you are charged at most once.',
      }
    case 'broken':
      return {
        title: isOffline ? 'You are offline.' : 'The connection was lost.',
        text: 'What was made so far is charged and kept. Try again to see it: you are not charged twice.',
      }
    default:
      return when satisfies never
  }
}

const LIMITED = {
  account: 'by your account',
  editor: 'by the editor',
  app: 'by this app',
  run: 'by this agent',
} as const

/**
 * The credits used by an action that reached its cap, and the increase to offer: half of the cap, or the price of the
 * next step. Whole credits, so that the button is easy to read.
 */
export function capInWords(
  { required, limit, used: before, held }: Extract<ProblemJson, { code: 'limit_reached' }>,
  charge: { total: number; absorbed: number } | null,
): { title: string; used: number; more: number } {
  const own = charge === null ? 0 : amountOf(charge.total) - amountOf(charge.absorbed)
  const used = (amountOf(before) + own) / 1_000
  const missing = required + before + held - limit
  const more = Math.ceil(Math.max(missing, limit / 2))
  return { title: `${formatCredits(amountOf(used))} of ${formatCredits(amountOf(limit))} used.`, used, more }
}

/** Explains to the person why their action was refused. */
export function refusalInWords(problem: ProblemJson, run: RefusedRun): { title: string; text: string } {
  const credits = (amount: number) => formatCredits(amountOf(amount))
  const resetsAt = 'resetsAt' in problem ? problem.resetsAt : null
  const reset = resetsAt === null ? '' : ` Your credits reset on ${dayInWords(resetsAt)}.`
  const rest = REST[run]
  switch (problem.code) {
    case 'insufficient_credits':
      return {
        title: 'You have too few credits for this.',
        text: `It needs ${credits(problem.required)}; you have ${credits(problem.available)}.${reset}${rest}`,
      }
    case 'budget_exceeded':
      return {
        title: 'This would go over the budget you set for this app.',
        text: `${credits(problem.used)} of ${creditsInWords(amountOf(problem.budget))} are used or reserved.${reset}${rest}`,
      }
    case 'limit_reached': {
      const again = resetsAt === null ? '' : ` It resets on ${dayInWords(resetsAt)}.`
      const taken = credits(problem.used + problem.held)
      return {
        title: 'This would go over a limit you set.',
        text: `${taken} of ${creditsInWords(amountOf(problem.limit))} are used or reserved ${LIMITED[problem.scope]}.${again}${rest}`,
      }
    }
    case 'plan_required':
      return { title: 'Your plan does not include this.', text: `${problem.detail}${rest}` }
    case 'app_paused':
      return { title: 'You paused this app’s spending.', text: `Resume it to continue.${rest}` }
    case 'consent_required':
      return { title: 'This app may not spend your credits.', text: `Allow it first.${rest}` }
    case 'unauthenticated':
      return { title: 'You are signed out.', text: 'Reload the page and sign in again.' }
    case 'invalid_request':
      return { title: 'This did not work.', text: problem.errors[0]?.message ?? problem.detail }
    default:
      return { title: 'This did not work.', text: problem.detail }
  }
}
