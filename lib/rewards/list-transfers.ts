import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import type { RewardTransfer } from '@/lib/credits/book/records'
import type { Row } from '@/lib/credits/store/codec'
import { REWARD_TRANSFERS } from '@/lib/credits/store/tables'

/** The latest transfers of rewards to spendable credits, newest first. Throws `NotFound` for another creator's account. */
export async function listTransfers(
  ctx: Context,
  { accountId, limit }: { accountId: string; limit: number },
): Promise<RewardTransfer[]> {
  requireSight(ctx, accountId, 'user')
  const { rows } = await ctx.pool.query<Row>({
    name: 'list-transfers',
    // Ids increase with time and are the primary key.
    text: `
      select ${REWARD_TRANSFERS.select('t')} from reward_transfers t
      where t.creator_id = $1 order by t.id desc limit $2`,
    values: [accountId, limit],
  })
  return rows.map(REWARD_TRANSFERS.decode)
}
