import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import type { RewardTransfer } from '@/lib/credits/verbs/transfer-rewards'
import { millicredits } from '@/lib/millicredits'

const amount = z.number().transform((value) => millicredits(value))
const transferRows = z.array(
  z.object({ id: z.string(), amount, balance_after: amount, created_at: z.date() }).transform(
    ({ id, amount, balance_after: balanceAfter, created_at: createdAt }): ListedTransfer => ({
      id,
      amount,
      balanceAfter,
      createdAt,
    }),
  ),
)

export type ListedTransfer = Pick<RewardTransfer, 'id' | 'amount' | 'balanceAfter' | 'createdAt'>

/** The latest transfers of rewards to spendable credits, newest first. Throws `NotFound` for another creator's. */
export async function listTransfers(
  ctx: Context,
  { accountId, limit }: { accountId: string; limit: number },
): Promise<ListedTransfer[]> {
  requireSight(ctx, accountId, 'user')
  const { rows } = await ctx.pool.query({
    name: 'list-transfers',
    // Ids rise with time and are the key of the rows.
    text: `
      select id, amount, balance_after, created_at from reward_transfers
      where creator_id = $1 order by id desc limit $2`,
    values: [accountId, limit],
  })
  return transferRows.parse(rows)
}
