import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'

/**
 * Whether anything was ever charged to an account: one look at the roll-up, at its newest day. Asked with `exists`, which
 * drops the order, PostgreSQL reads the table from its start when the account has much of it.
 */
export async function hasUsage(ctx: Context, accountId: string): Promise<boolean> {
  requireSight(ctx, accountId, 'user')
  const { rows } = await ctx.pool.query({
    name: 'has-usage',
    text: 'select 1 from usage_days where account_id = $1 order by day desc limit 1',
    values: [accountId],
  })
  return rows.length > 0
}
