import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'

/** Whether anything was ever charged to an account: one look at the roll-up. */
export async function hasUsage(ctx: Context, accountId: string): Promise<boolean> {
  requireSight(ctx, accountId, 'user')
  const { rows } = await ctx.pool.query<{ yes: boolean }>({
    name: 'has-usage',
    text: 'select exists (select from usage_days where account_id = $1) as yes',
    values: [accountId],
  })
  return rows[0]?.yes ?? false
}
