import type { Context } from '@/lib/context'
import type { AccountBook } from '@/lib/credits/book/book'
import type { Bound, Use } from '@/lib/credits/book/limits'
import { boundToTell, type RoomRefusal, refusalToTell } from '@/lib/credits/book/tell-refusal'
import { NO_APP } from '@/lib/credits/store/tables'
import { newUuid } from '@/lib/ids'
import { isoFromMicros } from '@/lib/instant'
import { INTO_OUTBOX } from '@/lib/outbox'

/**
 * Records the event for a refusal by a limit, a budget or the cap of a run: once per window or cap, and again after its
 * amount has changed. `seen` is the book as read after the refusal; if it has the mark of an earlier event, no
 * statement is sent.
 *
 * Otherwise one statement marks the row and records the event, unless another process did or the amount has changed. It
 * takes no lock on the wallet, because a refusal is no movement.
 */
export async function tellRefusal(
  ctx: Context,
  seen: AccountBook,
  use: Use,
  refusal: RoomRefusal,
): Promise<void> {
  const bound = boundToTell(seen, use, refusal)
  if (bound === null) return
  const { type, data } = refusalToTell(bound, refusal.facts.required)
  const { name, text, values } = markOf(bound)
  await ctx.pool.query({
    name: `tell-refusal-${name}`,
    text: `
      with marked as (update ${text} returning 1)
      ${INTO_OUTBOX} select $1, $2, $3, $4, $5 from marked`,
    values: [
      seen.accountId,
      newUuid(),
      type,
      JSON.stringify(data),
      isoFromMicros(seen.writtenAt),
      bound.limit,
      ...values,
    ],
  })
}

/** The update that marks the refusal in the row of its bound, if the amount is still $6 and the row has no such mark. */
function markOf({ scope, appId, runId, window, startsAt }: Bound): {
  name: string
  text: string
  values: unknown[]
} {
  if (scope === 'run') {
    const text = `runs set told_cap = $6 where account_id = $1 and id = $7 and cap = $6 and told_cap is distinct from $6`
    return { name: 'run', text, values: [runId] }
  }
  const once = (mark: string) => `(${mark} is null or ${mark} < $8)`
  if (scope === 'budget') {
    const text = `app_budgets set told_for = $8
      where account_id = $1 and app_id = $7 and monthly_limit = $6 and ${once('told_for')}`
    return { name: 'budget', text, values: [appId, startsAt] }
  }
  const text = `spending_limits set ${window}_told = $8
    where account_id = $1 and app_id = $7 and scope = $9 and ${window}_limit = $6 and ${once(`${window}_told`)}`
  return { name: window, text, values: [appId ?? NO_APP, startsAt, scope] }
}
