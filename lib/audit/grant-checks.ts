import { type Check, freePlanSql } from './check'

/** The totals of grants and wallets (docs/architecture.md, ledger rules 1, 2 and 6). */
export const GRANT_CHECKS: Check[] = [
  {
    rule: 'grant-conserves',
    states: 'granted = remaining + held + used + expired + revoked, none of them negative',
    sql: `
      select id::text, format('granted %s, found %s', granted, remaining + held + used + expired + revoked) as detail
      from grants
      where granted <> remaining + held + used + expired + revoked
        or least(remaining, held, used, expired, revoked, shortfall) < 0`,
  },
  {
    rule: 'wallet-available',
    states: 'the available balance of a wallet equals the remaining credits of its grants',
    sql: `
      select w.account_id::text as id, format('available %s, grants %s', w.available, coalesce(g.remaining, 0)) as detail
      from wallets w
        left join (select account_id, sum(remaining) as remaining from grants group by account_id) g using (account_id)
      where w.available <> coalesce(g.remaining, 0) or w.available < 0`,
  },
  {
    rule: 'wallet-held',
    states: 'the held balance of a wallet equals the held credits of its grants',
    sql: `
      select w.account_id::text as id, format('held %s, grants %s', w.held, coalesce(g.held, 0)) as detail
      from wallets w left join (select account_id, sum(held) as held from grants group by account_id) g using (account_id)
      where w.held <> coalesce(g.held, 0) or w.held < 0`,
  },
  {
    rule: 'grant-held',
    states: 'the held credits of a grant equal the parts of open holds on it',
    sql: `
      select coalesce(g.id, h.grant_id)::text as id,
        format('held %s, open holds %s', coalesce(g.held, 0), coalesce(h.amount, 0)) as detail
      from (select account_id, id, held from grants where held <> 0) g
        full join (
          select h.account_id, p.grant_id, sum(p.amount) as amount
          from holds h cross join lateral unnest(h.grant_ids, h.grant_amounts) p (grant_id, amount)
          where h.status = 'open' group by h.account_id, p.grant_id) h
        on h.account_id = g.account_id and h.grant_id = g.id
      where coalesce(g.held, 0) <> coalesce(h.amount, 0)`,
  },
  {
    rule: 'hold-parts',
    states: 'an open hold reserves its amount, a closed hold reserves nothing, and no hold exceeds its limit',
    sql: `
      select id::text, format('%s, amount %s, limit %s, set aside %s', status, amount, limit_amount, parts) as detail
      from (select h.*, coalesce((select sum(part) from unnest(h.grant_amounts) part), 0) as parts from holds h) h
      where parts <> case when status = 'open' then amount else 0 end
        or coalesce(cardinality(grant_ids), 0) <> coalesce(cardinality(grant_amounts), 0)
        or amount > limit_amount or (status = 'open') <> (closed_at is null)`,
  },
  {
    rule: 'charge-parts',
    states: 'the grants that funded a charge paid total − absorbed, each a positive part',
    sql: `
      select id::text, format('paid %s, parts %s', base + premium - absorbed, parts) as detail
      from (
        select c.id, c.base, c.premium, c.absorbed, coalesce(p.amount, 0) as parts, p.smallest,
          coalesce(cardinality(c.grant_ids), 0) <> coalesce(cardinality(c.grant_amounts), 0) as uneven
        from charges c
          cross join lateral (select sum(a) as amount, min(a) as smallest from unnest(c.grant_amounts) a) p) c
      where parts <> base + premium - absorbed or absorbed not between 0 and base + premium or smallest <= 0 or uneven`,
  },
  {
    rule: 'grant-used',
    states: 'the used credits of a grant equal its charges minus its refunds',
    sql: `
      with movement as (
        select c.account_id, p.grant_id, p.amount
        from charges c cross join lateral unnest(c.grant_ids, c.grant_amounts) p (grant_id, amount)
        union all
        select r.account_id, p.grant_id, -p.amount
        from refunds r cross join lateral unnest(r.grant_ids, r.grant_amounts) p (grant_id, amount)),
      spent as (select account_id, grant_id, sum(amount) as amount from movement group by account_id, grant_id)
      select coalesce(g.id, s.grant_id)::text as id,
        format('used %s, charges less refunds %s', g.used, coalesce(s.amount, 0)) as detail
      from grants g full join spent s on s.account_id = g.account_id and s.grant_id = g.id
      where g.id is null or g.used <> coalesce(s.amount, 0)`,
  },
  {
    rule: 'grant-issued',
    states: 'every grant has exactly one entry for its amount',
    sql: `
      select g.id::text, format('granted %s, %s entries of %s', g.granted, coalesce(e.times, 0), coalesce(e.amount, 0)) as detail
      from grants g
        left join (
          select account_id, grant_id, count(*) as times, sum(amount) as amount
          from entries where kind = 'grant' group by account_id, grant_id) e
        on e.account_id = g.account_id and e.grant_id = g.id
      where coalesce(e.times, 0) <> 1 or e.amount <> g.granted`,
  },
  {
    rule: 'grant-ended',
    states:
      'the entries of a grant add up to its expired credits, and to its revoked credits minus restored credits',
    sql: `
      select g.id::text, format('expired %s, revoked %s, entries %s and %s', g.expired, g.revoked, coalesce(e.expired, 0),
        coalesce(e.revoked, 0)) as detail
      from grants g
        left join (
          select account_id, grant_id, -coalesce(sum(amount) filter (where kind = 'expire'), 0) as expired,
            -coalesce(sum(amount) filter (where kind in ('revoke', 'restore')), 0) as revoked
          from entries where kind <> 'grant' group by account_id, grant_id) e
        on e.account_id = g.account_id and e.grant_id = g.id
      where g.expired <> coalesce(e.expired, 0) or g.revoked <> coalesce(e.revoked, 0)`,
  },
  {
    rule: 'allowance-once',
    states: 'an account has at most one allowance per plan and period, and Free periods do not overlap',
    sql: () => `
      select id::text, format('%s from %s', plan, period_start) as detail
      from (
        select id, plan, period_start, period_end, lag(period_start) over line as start_before,
          lag(period_end) over line as end_before
        from grants where source = 'allowance' window line as (partition by account_id, plan order by period_start)) g
      where period_start = start_before or (plan = ${freePlanSql()} and period_start < end_before)`,
  },
  {
    rule: 'trial-once',
    states:
      'an account has the credits of at most one trial, as noted with its card, and paid nothing for them',
    sql: `
      select g.id::text, format('trial of %s, noted %s, paid %s', g.granted, t.credits, g.paid_amount) as detail
      from (
        select g.*, count(*) over (partition by account_id) as times from grants g
        where source = 'allowance' and reason = 'trial') g
        left join trials t on t.account_id = g.account_id and not t.refused
      where t.credits is distinct from g.granted or g.paid_amount is distinct from 0 or g.times > 1`,
  },
  {
    rule: 'paid-line-months',
    states:
      'a line of several months has one grant for each month that has begun, one after the other, with its credits and its share of the payment',
    sql: `
      select l.stripe_line as id, format('begun %s, grants %s, paid %s of %s', l.begun, count(g.id), sum(g.paid_amount),
        l.paid_amount) as detail
      from paid_lines l left join grants g on g.account_id = l.account_id and g.stripe_line = l.stripe_line
      group by l.account_id, l.stripe_line
      having count(g.id) <> l.begun or min(g.line_month) <> 0 or max(g.line_month) <> l.begun - 1
        or sum(g.paid_amount) <> l.paid_amount * l.begun / l.months or sum(g.paid_tax) <> l.paid_tax * l.begun / l.months
        or bool_or(g.granted <> l.credits or g.plan <> l.plan) or min(g.period_start) <> l.period_start
        or sum(g.period_end - g.period_start) <> max(g.period_end) - min(g.period_start)
        or l.next_at <> max(g.period_end) or (l.begun = l.months and max(g.period_end) <> l.period_end)
      union all
      select g.id::text, format('month %s without a line', g.line_month) from grants g
      where g.line_month <> 0 and not exists (
        select 1 from paid_lines l where l.account_id = g.account_id and l.stripe_line = g.stripe_line)`,
  },
]
