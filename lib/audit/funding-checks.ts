import { BANK_DAYS_MAX } from '@/lib/bank-days'
import { type Check, freePlanSql, longest, TOLERANCE } from './check'

/**
 * The last instant at which an allowance could be spent: while its renewal is expected, and then while the payment is on its
 * way. Its expiry may since have been moved to an earlier time.
 */
const lastUse = () => `case when g.source = 'allowance'
  then g.period_end + interval '${longest('renewalGraceHoursMax')} hours'
    + case when g.plan = ${freePlanSql()} then interval '0' else interval '${BANK_DAYS_MAX} days' end
  else g.expires_at end`

/**
 * The correctness of each debit: price, time, order and hold of a charge, and returned money (docs/architecture.md,
 * "Ledger").
 */
export const FUNDING_CHECKS: Check[] = [
  {
    rule: 'charge-premium',
    states: 'a premium is ⌊base × rate ÷ 10,000⌋, and zero if there is no creator to earn it',
    sql: `
      select id::text, format('premium %s of base %s at %s bps, creator %s', premium, base, premium_bps, creator_id) as detail
      from charges
      where premium <> div(base::numeric * premium_bps, 10000) or (premium > 0 and creator_id is null)`,
  },
  {
    rule: 'capture-terms',
    states: 'a capture has its hold’s terms and stays within its limit, and only captures absorb',
    sql: `
      select c.id::text, format('%s, paid %s, absorbed %s; hold %s, limit %s', (c.operation, c.app_id, c.price_version,
        c.premium_bps), c.base + c.premium - c.absorbed, c.absorbed, (h.operation, h.app_id, h.price_version, h.premium_bps),
        h.limit_amount) as detail
      from charges c left join holds h on h.id = c.hold_id
      where (c.hold_id is null and c.absorbed > 0)
        or (c.hold_id is not null and ((c.operation, c.app_id, c.price_version, c.premium_bps)
            is distinct from (h.operation, h.app_id, h.price_version, h.premium_bps)
          or c.base + c.premium - c.absorbed > h.limit_amount))`,
  },
  {
    rule: 'capture-in-time',
    // Does not require the hold to be older: a hold is not a movement, so a clock set back may date its capture earlier.
    states: 'a hold is captured no later after its end than the catalogue allows',
    sql: () => `
      select c.id::text, format('at %s, hold until %s', c.at, h.expires_at) as detail
      from charges c join holds h on h.id = c.hold_id
      where c.at > h.expires_at + interval '${longest('lateCaptureSecondsMax')} seconds' + ${TOLERANCE}`,
  },
  {
    rule: 'charge-in-time',
    states: 'a charge takes from grants that existed and, unless it was held before, had not expired',
    sql: () => `
      select c.id::text, format('at %s, grant %s from %s until %s', c.at, g.id, g.created_at, g.expires_at) as detail
      from charges c cross join lateral unnest(c.grant_ids) p (grant_id)
        join grants g on g.account_id = c.account_id and g.id = p.grant_id
      where c.at < g.created_at - ${TOLERANCE} or (c.hold_id is null and c.at > ${lastUse()} + ${TOLERANCE})`,
  },
  {
    rule: 'burn-down',
    states:
      'a charge takes from the grants that expire soonest, never-expiring ones last, then from the oldest (allowances, whose expiry can move, need only precede never-expiring grants); a capture within its hold does the same',
    sql: `
      select c.id::text, format('grant %s before %s', p.grant_id, q.grant_id) as detail
      from (
          select c.id, c.account_id, c.grant_ids from charges c left join holds h on h.id = c.hold_id
          where cardinality(c.grant_ids) > 1
            -- A capture above its hold takes the held credits first, then credits available at that time.
            and (c.hold_id is null or c.base + c.premium - c.absorbed <= h.amount)) c
        cross join lateral unnest(c.grant_ids) with ordinality p (grant_id, place)
        cross join lateral unnest(c.grant_ids) with ordinality q (grant_id, place)
        join grants g on g.account_id = c.account_id and g.id = p.grant_id
        join grants h on h.account_id = c.account_id and h.id = q.grant_id
      where q.place = p.place + 1
        and (g.id = h.id or (g.expires_at is null and h.expires_at is not null)
          or (g.source <> 'allowance' and h.source <> 'allowance'
            and (coalesce(g.expires_at, 'infinity'), g.created_at, g.id)
              > (coalesce(h.expires_at, 'infinity'), h.created_at, h.id)))`,
  },
  {
    rule: 'money-back',
    states:
      'money is returned only for paid grants and revokes all but the shortfall, and a grant with a shortfall has nothing left to spend',
    sql: `
      select id::text, format('money back %s, shortfall %s, revoked %s, remaining %s, paid %s', money_back, shortfall, revoked,
        remaining, paid_amount) as detail
      from grants
      where (money_back > 0 and coalesce(paid_amount, 0) = 0) or revoked < money_back - shortfall or shortfall > money_back
        or (shortfall > 0 and remaining > 0)`,
  },
  {
    rule: 'money-back-history',
    states: 'the recorded returns of money add up to their grant’s total and do not exceed what was paid',
    sql: `
      with told as (
        select account_id, grant_id, sum(credits) as credits, sum(revoked) as revoked, sum(shortfall) as shortfall
        from money_back group by 1, 2)
      select coalesce(g.id, t.grant_id)::text as id, format('money back %s, shortfall %s, revoked %s; written down %s, %s, %s',
        g.money_back, g.shortfall, g.revoked, t.credits, t.shortfall, t.revoked) as detail
      from told t full join (select * from grants where money_back > 0) g on g.account_id = t.account_id and g.id = t.grant_id
      where coalesce(g.money_back, 0) <> coalesce(t.credits, 0) or coalesce(g.shortfall, 0) <> coalesce(t.shortfall, 0)
        or (g.id is not null and t.revoked not between 0 and least(g.revoked, g.money_back - g.shortfall))`,
  },
]
