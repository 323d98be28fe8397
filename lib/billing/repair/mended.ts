import { freePlanKey, planEver } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { publicId } from '@/lib/ids'

/** A repair made by the reconciler. `accountId` is null if it concerns none of our accounts. */
export type Mended = {
  what: 'renewed' | 'started' | 'ended' | 'changed' | 'checkout' | 'event'
  accountId: string | null
  /** The description in the log. */
  detail: string
}

export type Standing = {
  accountId: string
  plan: string
  status: string | null
  endsAt: string | null
  paidLines: number
}

/** The parts of an account that a reading can change. */
export async function readStanding(ctx: Context, accountId: string): Promise<Standing> {
  const { rows } = await ctx.pool.query<Omit<Standing, 'accountId'>>({
    name: 'billing-standing',
    text: `
      select case when w.plan_ends_at <= $2 then coalesce(w.platform_plan, $3) else w.plan end as plan, s.status, s.ends_at::text as "endsAt",
        (select count(distinct g.stripe_line)::int from grants g where g.account_id = $1 and g.stripe_line is not null) as "paidLines"
      from wallets w left join subscriptions s using (account_id) where w.account_id = $1`,
    values: [accountId, ctx.clock.now(), freePlanKey()],
  })
  const [row] = rows
  return { accountId, ...(row ?? { plan: freePlanKey(), status: null, endsAt: null, paidLines: 0 }) }
}

/** Describes the repair made by a reading; null if the reading changed nothing. */
export function describeChange(before: Standing, after: Standing): Mended | null {
  const { accountId } = after
  const user = publicId('user', accountId)
  const name = (key: string) => planEver(key)?.name ?? key
  if (after.plan !== before.plan)
    return after.plan === freePlanKey()
      ? { what: 'ended', accountId, detail: `${user}: ${name(before.plan)} ended` }
      : { what: 'started', accountId, detail: `${user}: ${name(after.plan)} started` }
  if (after.paidLines > before.paidLines)
    return { what: 'renewed', accountId, detail: `${user}: a previously unknown payment granted its credits` }
  if (after.status !== before.status || after.endsAt !== before.endsAt)
    return { what: 'changed', accountId, detail: `${user}: the subscription is ${after.status}` }
  return null
}
