import { utcDay } from '@/lib/instant'
import { NO_APP, startOfDay, startOfNextDay } from './days'

/**
 * CTEs that end in `used`: day, operation, app_id, charges and total of the exact usage from $2 (included) to $3
 * (excluded). Whole days come from the roll-up; for a day cut by $2 or $3, the charges are read. A last day without a
 * movement after $3 counts as whole, so that usage up to now comes only from the roll-up. $4 ends the cut first day, $5
 * begins the cut last one; $6 to $7 are the whole days, up to $8 if nothing follows $3.
 */
export const EXACTLY_USED = `
  with settled as (
    select coalesce((select last_at < $3::timestamptz from wallets where account_id = $1), true) as yes),
  edges as (
    select c.id, c.at, c.operation, coalesce(c.app_id, $9::uuid) as app_id, c.base + c.premium - c.absorbed as paid
    from charges c where c.account_id = $1 and c.at >= $2::timestamptz and c.at < $4::timestamptz
    union all
    select c.id, c.at, c.operation, coalesce(c.app_id, $9::uuid), c.base + c.premium - c.absorbed
    from charges c where c.account_id = $1 and c.at >= $5::timestamptz and c.at < $3::timestamptz
      and not (select yes from settled)),
  edge_refunds as (
    select charge_id, sum(amount) as refunded from refunds
    where account_id = $1 and at >= $2::timestamptz and charge_id in (select id from edges) group by charge_id),
  used as (
    select day, operation, app_id, charges, paid - refunded as total from usage_days
    where account_id = $1 and day >= $6::date
      and day < (select case when yes then $8::date else $7::date end from settled)
    union all
    select (e.at at time zone 'UTC')::date, e.operation, e.app_id, 1, e.paid - coalesce(r.refunded, 0)
    from edges e left join edge_refunds r on r.charge_id = e.id)`

/** $1 to $9 of `EXACTLY_USED`; `from` must be before `to`. */
export function exactlyUsedValues(accountId: string, from: Date, to: Date): unknown[] {
  const firstWholeDay = startOfNextDay(from)
  const lastDay = startOfDay(to)
  return [
    accountId,
    from,
    to,
    new Date(Math.min(firstWholeDay.getTime(), to.getTime())),
    new Date(Math.max(firstWholeDay.getTime(), lastDay.getTime())),
    utcDay(firstWholeDay),
    utcDay(lastDay),
    utcDay(startOfNextDay(to)),
    NO_APP,
  ]
}
