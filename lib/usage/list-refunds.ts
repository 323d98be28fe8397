import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import type { Refund } from '@/lib/credits/book/records'
import type { Row } from '@/lib/credits/store/codec'
import { loadCharge } from '@/lib/credits/store/load-by-id'
import { REFUNDS } from '@/lib/credits/store/tables'

/** If a charge was refunded in more parts, only the newest are shown. */
export const REFUNDS_LISTED_MAX = 100

/** The refunds of a charge, newest first. Throws `NotFound`, including for another person's charge. */
export async function listRefunds(ctx: Context, chargeId: string): Promise<Refund[]> {
  const { accountId } = await loadCharge(ctx.pool, chargeId)
  requireSight(ctx, accountId, 'charge')
  const { rows } = await ctx.pool.query<Row>({
    name: 'refunds-of-charge',
    text: `
      select ${REFUNDS.select('r')} from refunds r where r.account_id = $1 and r.charge_id = $2
      order by r.at desc limit $3`,
    values: [accountId, chargeId, REFUNDS_LISTED_MAX],
  })
  return rows.map(REFUNDS.decode)
}
