import type { Limit } from '@/lib/credits/book/records'
import { isoFromMicros, type Micros } from '@/lib/instant'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { Queryable } from './load-account'
import { NO_APP } from './tables'

/**
 * The amount that the charges of a scope took since `since`, net of refunds: the first, partial day is counted from its
 * charges, whole days from the roll-up, so that the cost does not grow with the number of charges.
 */
export async function countSpendingSince(
  db: Queryable,
  accountId: string,
  { scope, appId }: Pick<Limit, 'scope' | 'appId'>,
  since: Micros,
): Promise<Millicredits> {
  const { rows } = await db.query<{ used: number }>({
    name: 'spent-in-period',
    text: `
      with bounds as (
        select $4::timestamptz as start, date_trunc('day', $4::timestamptz - interval '1 microsecond', 'UTC') + interval '1 day' as whole),
      first_day as (
        select c.base + c.premium - c.absorbed - coalesce((
          select sum(r.amount) from refunds r where r.account_id = c.account_id and r.charge_id = c.id), 0) as spent
        from charges c, bounds b
        where c.account_id = $1 and c.at >= b.start and c.at < b.whole and in_scope($2, $3, c.operation, c.app_id))
      select (coalesce((select sum(spent) from first_day), 0) + coalesce((
        select sum(u.paid - u.refunded) from usage_days u, bounds b
        where u.account_id = $1 and u.day >= (b.whole at time zone 'UTC')::date
          and in_scope($2, $3, u.operation, u.app_id)), 0))::bigint as used`,
    values: [accountId, scope, appId ?? NO_APP, isoFromMicros(since)],
  })
  return millicredits(rows[0]?.used ?? 0)
}
