import { requireSight } from '@/lib/authority'
import type { Context } from '@/lib/context'
import type { Hold, HoldStatus } from '@/lib/credits/book/records'
import type { Row } from '@/lib/credits/store/codec'
import { loadHold } from '@/lib/credits/store/load-by-id'
import { HOLDS } from '@/lib/credits/store/tables'

/**
 * Returns a hold as it is now: past its expiry it counts as expired, even if still stored as open. Throws `NotFound`,
 * including for another person's hold.
 */
export async function getHold(ctx: Context, holdId: string): Promise<Hold> {
  const hold = await loadHold(ctx.pool, holdId)
  requireSight(ctx, hold.accountId, 'hold')
  return asOf(ctx.clock.now(), hold)
}

type ListInput = {
  accountId: string
  status: HoldStatus | null
  /** The id of the previous page's last hold; null for the first page. */
  after: string | null
  limit: number
}

/** Lists an account's holds, newest first. Throws `NotFound` for another person's account. */
export async function listHolds(ctx: Context, input: ListInput): Promise<Hold[]> {
  requireSight(ctx, input.accountId, 'user')
  const now = ctx.clock.now()
  const { rows } = await ctx.pool.query<Row>({
    name: 'list-holds',
    text: `
      select ${HOLDS.select('h')} from holds h
      where h.account_id = $1 and ($2::uuid is null or h.id < $2) and ($3::text is null or $3 =
        case when h.status = 'open' and h.expires_at <= $4::timestamptz then 'expired' else h.status end)
      order by h.id desc limit $5`,
    values: [input.accountId, input.after, input.status, now, input.limit],
  })
  return rows.map((row) => asOf(now, HOLDS.decode(row)))
}

/** Shows the hold at an instant: past its expiry it counts as expired, even if still stored as open. */
export function asOf(now: Date, hold: Hold): Hold {
  return hold.status === 'open' && hold.expiresAt <= now
    ? { ...hold, status: 'expired', closedAt: hold.expiresAt }
    : hold
}
