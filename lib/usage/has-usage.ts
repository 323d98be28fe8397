import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'

/**
 * Returns true if the account was ever charged, from the newest day of its roll-up. An `exists` query would drop the order,
 * and PostgreSQL would read the table from its start for a busy account.
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
