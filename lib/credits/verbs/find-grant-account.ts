import { requireOperator } from '@/lib/authority'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'

/** Returns the account of a grant. For operators. Throws `NotFound` for an unknown grant. */
export async function findGrantAccount(ctx: Context, grantId: string): Promise<string> {
  requireOperator(ctx)
  const { rows } = await ctx.pool.query<{ account_id: string }>({
    name: 'find-grant-account',
    text: 'select account_id from grants where id = $1',
    values: [grantId],
  })
  const [row] = rows
  if (!row) throw new NotFound('grant')
  return row.account_id
}
