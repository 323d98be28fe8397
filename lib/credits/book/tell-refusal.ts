import { BudgetExceeded, type LimitReached } from '@/lib/errors'
import type { Told } from '@/lib/event-types'
import { publicId } from '@/lib/ids'
import { type Millicredits, toCredits } from '@/lib/millicredits'
import type { AccountBook } from './book'
import { type Bound, boundsOf, type Use } from './limits'

/** A refusal by a bound on a use. */
export type RoomRefusal = LimitReached | BudgetExceeded

/** The bound that refused a use, if its amount and window are the same and the refusal was not reported; otherwise null. */
export function boundToTell(book: AccountBook, use: Use, refusal: RoomRefusal): Bound | null {
  const { scope, window, limit, resetsAt } =
    refusal instanceof BudgetExceeded
      ? { ...refusal.facts, scope: 'budget', window: 'month', limit: refusal.facts.budget }
      : refusal.facts
  const refusing = boundsOf(book, use).find((bound) => bound.scope === scope && bound.window === window)
  const stands = refusing?.limit === limit && refusing.resetsAt?.getTime() === resetsAt?.getTime()
  return stands && !refusing.isTold ? refusing : null
}

/** The event for a refusal. In events, an app's budget is its monthly limit. */
export function refusalToTell(
  { scope, appId, runId, window, limit, used, held, resetsAt }: Bound,
  required: Millicredits,
): Told {
  const app = appId === null ? null : publicId('app', appId)
  const amounts = { required: toCredits(required), held: toCredits(held) }
  if (scope === 'run') {
    const data = {
      run: publicId('run', runId),
      app,
      cap: toCredits(limit),
      spent: toCredits(used),
      ...amounts,
    }
    return { type: 'run.capped', data }
  }
  const facts = { window, limit: toCredits(limit), used: toCredits(used), ...amounts }
  const data = {
    scope: scope === 'budget' ? 'app' : scope,
    app,
    ...facts,
    resetsAt: resetsAt?.toISOString() ?? null,
  }
  return { type: 'limit.reached', data }
}
