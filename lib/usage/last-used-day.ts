import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'

/**
 * The newest UTC day (YYYY-MM-DD) on which something was charged to an account; null if nothing ever was. Selects the
 * newest row of the roll-up, because with `exists` PostgreSQL would ignore the order and read the table from its start.
 */
export async function lastUsedDay(ctx: Context, accountId: string): Promise<string | null> {
  requireSight(ctx, accountId, 'user')
  const { rows } = await ctx.pool.query<{ day: string }>({
    name: 'last-used-day',
    text: 'select day::text as day from usage_days where account_id = $1 order by day desc limit 1',
    values: [accountId],
  })
  return rows[0]?.day ?? null
}
