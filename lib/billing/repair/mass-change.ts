import { isOwnStripe } from '@/lib/billing/read/own-account'
import { freePlanKey } from '@/lib/catalogs/current'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'

/** Up to this number, or this share of active plans, plans end and payments are refunded without asking staff. */
const CHANGES_FREE_MIN = 5
const CHANGES_FREE_SHARE = 0.01

type Changes = { ends: number; refunds: number }

/**
 * Returns true if the reconciler may end these plans because Stripe does not know them, and refund these payments. More
 * than max(5, 1 %) of active plans in a day suggests a mistake on our side, such as a wrong key; it then does neither
 * and asks staff. Permission lasts for a day.
 */
export async function mayChangeMany(ctx: Context, changes: Changes): Promise<boolean> {
  if (!(await isOwnStripe(ctx))) return false
  const now = ctx.clock.now()
  const { rows } = await ctx.pool.query<Changes & { running: number; allowed: Changes | null }>({
    name: 'mass-change',
    text: `
      select (select count(*)::int from wallets where plan <> $2 and platform_plan is null) as running,
        (select count(*)::int from billing_notices where kind = 'ended' and noticed_at > $1) as ends,
        (select count(*)::int from billing_notices where kind = 'returned' and noticed_at > $1) as refunds,
        (select facts from billing_notices where kind = 'held' and outcome = 'accepted' and closed_at > $1
          order by closed_at desc limit 1) as allowed`,
    values: [new Date(now.getTime() - DAY_MS), freePlanKey()],
  })
  const [found = { running: 0, ends: 0, refunds: 0, allowed: null }] = rows
  const free = Math.max(CHANGES_FREE_MIN, Math.floor(found.running * CHANGES_FREE_SHARE))
  const ends = { asked: changes.ends, inAll: changes.ends + found.ends }
  const refunds = { asked: changes.refunds, inAll: changes.refunds + found.refunds }
  const mayEnd = ends.asked === 0 || ends.inAll <= Math.max(free, found.allowed?.ends ?? 0)
  const mayRefund = refunds.asked === 0 || refunds.inAll <= Math.max(free, found.allowed?.refunds ?? 0)
  if (mayEnd && mayRefund) return true
  await ask(ctx, { ends: ends.inAll, refunds: refunds.inAll })
  return false
}

/** Asks staff. At most one question is open; its numbers grow with each finding. */
async function ask(ctx: Context, changes: Changes): Promise<void> {
  const now = ctx.clock.now()
  await ctx.pool.query({
    name: 'ask-mass-change',
    text: `
      with grown as (
        update billing_notices set facts = $2 where kind = 'held' and outcome is null returning id)
      insert into billing_notices (id, kind, account_id, subject, facts, noticed_at)
      select 'held:' || $1, 'held', null, $1, $2, $3 where not exists (select 1 from grown)
      on conflict (id) do nothing`,
    values: [now.toISOString(), JSON.stringify(changes), now],
  })
}
