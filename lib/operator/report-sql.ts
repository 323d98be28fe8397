/*
 * The four statements of the monthly report. $1 is the start of the month, $2 its end, $3 the instant up to which expired
 * grants count as ended. History is read backwards from the current values of the grants. The cost is a few reads of the
 * movements since $1 (block ranges of their time) and one read of the grants and the daily roll-ups, however much happened
 * before.
 */

/**
 * Each grant with its movements in the month and since its start. The opening value is the present one with every later
 * movement undone. Grants with neither credits nor movements are omitted.
 */
const GRANT_LINES = `
  with charged as (
    select p.grant_id, sum(p.amount) as since, coalesce(sum(p.amount) filter (where c.at < $2), 0) as within
    from charges c cross join lateral unnest(c.grant_ids, c.grant_amounts) p (grant_id, amount)
    where c.at >= $1 group by p.grant_id),
  refunded as (
    select p.grant_id, sum(p.amount) as since, coalesce(sum(p.amount) filter (where r.at < $2), 0) as within
    from refunds r cross join lateral unnest(r.grant_ids, r.grant_amounts) p (grant_id, amount)
    where r.at >= $1 group by p.grant_id),
  entered as (
    select e.grant_id, sum(e.amount) as since,
      coalesce(sum(e.amount) filter (where e.kind = 'grant'), 0) as issued_since,
      coalesce(sum(e.amount) filter (where e.kind = 'grant' and e.at < $2), 0) as issued,
      -coalesce(sum(e.amount) filter (where e.kind = 'expire' and e.at < $2), 0) as expired,
      -coalesce(sum(e.amount) filter (where e.kind in ('revoke', 'restore') and e.at < $2), 0) as revoked
    from entries e where e.at >= $1 group by e.grant_id),
  returned as (
    select m.grant_id, sum(m.shortfall) as already_used from money_back m
    where m.at >= $1 and m.at < $2 group by m.grant_id),
  line as (
    select g.account_id, g.id, g.source, g.granted, g.expires_at <= $3 as ended,
      case when g.paid_amount > 0 then g.paid_currency end as currency,
      case when g.paid_amount > 0 then g.paid_amount - coalesce(g.paid_tax, 0) end as paid,
      g.remaining + g.held - coalesce(e.since, 0) + coalesce(c.since, 0) - coalesce(r.since, 0) as opening,
      coalesce(e.issued_since, 0) as issued_since, coalesce(e.issued, 0) as issued, coalesce(c.within, 0) as charged,
      coalesce(r.within, 0) as refunded, coalesce(e.expired, 0) as expired, coalesce(e.revoked, 0) as revoked,
      coalesce(m.already_used, 0) as already_used
    from grants g
      left join charged c on c.grant_id = g.id
      left join refunded r on r.grant_id = g.id
      left join entered e on e.grant_id = g.id
      left join returned m on m.grant_id = g.id
    where g.remaining + g.held > 0 or c.grant_id is not null or r.grant_id is not null or e.grant_id is not null
      or m.grant_id is not null),
  placed as materialized (
    select l.*, opening + issued - charged + refunded - expired - revoked as closing from line l)`

/** The report's lines by source and price per credit, and the number of contradictions found. */
export const SOURCES = `
  ${GRANT_LINES},
  sums as (
    select source, currency, paid, case when paid is not null then granted end as granted,
      sum(opening)::bigint as opening, sum(issued)::bigint as issued, sum(charged)::bigint as charged,
      sum(refunded)::bigint as refunded, sum(expired)::bigint as expired, sum(revoked)::bigint as revoked,
      sum(closing)::bigint as closing, sum(already_used)::bigint as "alreadyUsed", coalesce(sum(closing) filter (where ended), 0)::bigint as ended,
      coalesce(sum(paid) filter (where issued > 0), 0)::bigint as sold
    from placed group by 1, 2, 3, 4),
  -- Independently, the balance before the first movement since an instant is what the account owned then.
  movement as (
    select account_id, at, balance_after + base + premium - absorbed as before from charges where at >= $1
    union all select account_id, at, balance_after - amount from refunds where at >= $1
    union all select account_id, at, balance_after - amount from entries where at >= $1),
  at_start as (select distinct on (account_id) account_id, before from movement order by account_id, at),
  at_end as (select distinct on (account_id) account_id, before from movement where at >= $2 order by account_id, at),
  owned as (
    select w.account_id, coalesce(s.before, w.available + w.held) as opening,
      coalesce(e.before, w.available + w.held) as closing
    from wallets w left join at_start s using (account_id) left join at_end e using (account_id)),
  added as (select account_id, sum(opening) as opening, sum(closing) as closing from placed group by account_id)
  select
    (select coalesce(json_agg(s), '[]') from sums s) as sums,
    (select count(*) from placed where least(opening, closing) < 0 or greatest(opening, closing) > granted
      or (issued_since > 0 and (opening <> 0 or issued_since <> granted))) as "grantDrift",
    (select count(*) from owned o full join added a using (account_id)
      where coalesce(o.opening, 0) <> coalesce(a.opening, 0) or coalesce(o.closing, 0) <> coalesce(a.closing, 0)
    ) as "accountDrift"`

/** Absorbed and paid credits, read from the daily roll-up; this is exact, because months are whole UTC days. */
export const USAGE = `
  select coalesce(sum(charges), 0)::bigint as charges, coalesce(sum(base + premium - paid), 0)::bigint as absorbed,
    coalesce(sum(paid), 0)::bigint as paid
  from usage_days
  where day >= ($1::timestamptz at time zone 'UTC')::date and day < ($2::timestamptz at time zone 'UTC')::date`

/**
 * Each creator's rewards in the month and at its end, derived from the present counters. A refund reverses ⌊part × refunded
 * so far ÷ paid⌋ of each part, minus earlier reversals, as in lib/credits/book/record-refund.ts.
 */
export const REWARDS = `
  with charge_part as (
    select c.account_id, c.at, coalesce(sum(p.amount) filter (where g.paid_amount > 0), 0) as paid
    from charges c cross join lateral unnest(c.grant_ids, c.grant_amounts) p (grant_id, amount)
      join grants g on g.id = p.grant_id
    where c.at >= $1 and c.creator_id is not null group by 1, 2),
  earning as (
    select c.creator_id, c.at, c.reward, c.reward_on_hold as on_hold,
      share(c.reward, coalesce(p.paid, 0), c.base + c.premium - c.absorbed) as paid
    from charges c left join charge_part p on p.account_id = c.account_id and p.at = c.at
    where c.at >= $1 and c.creator_id is not null),
  earned as (
    select creator_id,
      sum(paid) as paid_since, sum(reward - paid) as free_since, sum(on_hold) as on_hold_since,
      sum(paid) filter (where at < $2) as paid, sum(reward - paid) filter (where at < $2) as free,
      sum(on_hold) filter (where at < $2) as on_hold
    from earning group by creator_id),
  touched as (select distinct account_id, charge_id from refunds where at >= $1),
  step as (
    select r.account_id, r.charge_id, r.at, r.amount, r.reward_reversed,
      sum(r.amount) over (partition by r.charge_id order by r.at) as upto
    from touched t join refunds r on r.account_id = t.account_id and r.charge_id = t.charge_id),
  refunded_part as (
    select c.id, coalesce(sum(p.amount) filter (where g.paid_amount > 0), 0) as paid
    from touched t join charges c on c.id = t.charge_id
      cross join lateral unnest(c.grant_ids, c.grant_amounts) p (grant_id, amount) join grants g on g.id = p.grant_id
    where c.creator_id is not null group by 1),
  refunded_charge as (
    select c.id, c.creator_id, c.reward_on_hold, c.base + c.premium - c.absorbed as total,
      share(c.reward, p.paid, c.base + c.premium - c.absorbed) as paid
    from refunded_part p join charges c on c.id = p.id),
  taking as (
    select c.creator_id, s.at, s.reward_reversed as reward,
      share(c.paid, s.upto, c.total) - share(c.paid, s.upto - s.amount, c.total) as paid,
      share(c.reward_on_hold, s.upto, c.total) - share(c.reward_on_hold, s.upto - s.amount, c.total) as on_hold
    from step s join refunded_charge c on c.id = s.charge_id where s.at >= $1
    union all
    -- Bought credits funded all of it, and none of it was withheld.
    select creator_id, at, amount, amount, 0 from reward_takebacks where at >= $1),
  reversed as (
    select creator_id,
      sum(paid) as paid_since, sum(reward - paid) as free_since, sum(on_hold) as on_hold_since,
      sum(paid) filter (where at < $2) as paid, sum(reward - paid) filter (where at < $2) as free,
      sum(on_hold) filter (where at < $2) as on_hold
    from taking group by creator_id),
  moved as (
    select t.creator_id,
      sum(t.funded_paid) as paid_since, sum(t.amount - t.funded_paid) as free_since,
      sum(t.funded_paid) filter (where e.at < $2) as paid, sum(t.amount - t.funded_paid) filter (where e.at < $2) as free
    from entries e join reward_transfers t on t.creator_id = e.account_id and t.id = e.grant_id
    where e.at >= $1 and e.kind = 'grant' group by t.creator_id),
  counted as (
    select creator_id, sum(earned_paid) as paid, sum(earned_free) as free, sum(on_hold) as on_hold
    from reward_counters group by creator_id),
  days as (
    select creator_id, sum(earned) as earned, sum(on_hold) as on_hold from reward_days
    where day >= ($1::timestamptz at time zone 'UTC')::date and day < ($2::timestamptz at time zone 'UTC')::date
    group by creator_id),
  creator as (
    select creator_id,
      coalesce(e.paid, 0) as earned_paid, coalesce(e.free, 0) as earned_free,
      coalesce(r.paid, 0) as reversed_paid, coalesce(r.free, 0) as reversed_free,
      coalesce(m.paid, 0) as moved_paid, coalesce(m.free, 0) as moved_free,
      coalesce(c.paid, 0) - coalesce(a.reversed_paid - a.restored, 0) - coalesce(a.transferred_paid, 0)
        - (coalesce(e.paid_since, 0) - coalesce(r.paid_since, 0) - coalesce(m.paid_since, 0)) as opening_paid,
      coalesce(c.free, 0) - (coalesce(a.reversed, 0) - coalesce(a.reversed_paid, 0))
        - (coalesce(a.transferred, 0) - coalesce(a.transferred_paid, 0))
        - (coalesce(e.free_since, 0) - coalesce(r.free_since, 0) - coalesce(m.free_since, 0)) as opening_free,
      coalesce(c.on_hold, 0) - coalesce(a.reversed_on_hold, 0)
        - (coalesce(e.on_hold_since, 0) - coalesce(e.on_hold, 0))
        + (coalesce(r.on_hold_since, 0) - coalesce(r.on_hold, 0)) as on_hold,
      coalesce(d.earned, 0) - coalesce(e.paid, 0) - coalesce(e.free, 0) as earned_drift,
      coalesce(d.on_hold, 0) - coalesce(e.on_hold, 0) as on_hold_drift
    from counted c full join reward_accounts a using (creator_id) full join earned e using (creator_id)
      full join reversed r using (creator_id) full join moved m using (creator_id) full join days d using (creator_id)),
  closed as (
    select c.*, opening_paid + earned_paid - reversed_paid - moved_paid as closing_paid,
      opening_free + earned_free - reversed_free - moved_free as closing_free
    from creator c)
  select
    coalesce(sum(opening_paid), 0)::bigint as "openingPaid", coalesce(sum(opening_free), 0)::bigint as "openingFree",
    coalesce(sum(earned_paid), 0)::bigint as "earnedPaid", coalesce(sum(earned_free), 0)::bigint as "earnedFree",
    coalesce(sum(reversed_paid), 0)::bigint as "reversedPaid", coalesce(sum(reversed_free), 0)::bigint as "reversedFree",
    coalesce(sum(moved_paid), 0)::bigint as "movedPaid", coalesce(sum(moved_free), 0)::bigint as "movedFree",
    coalesce(sum(closing_paid), 0)::bigint as "closingPaid", coalesce(sum(closing_free), 0)::bigint as "closingFree",
    coalesce(sum(on_hold), 0)::bigint as "onHold",
    coalesce(sum(greatest(closing_paid + closing_free - on_hold, 0)), 0)::bigint as "movable",
    coalesce(sum(greatest(on_hold - closing_paid - closing_free, 0)), 0)::bigint as "owed",
    count(*) filter (where earned_drift <> 0 or on_hold_drift <> 0 or on_hold < 0) as "rewardDrift"
  from closed`

/**
 * Withheld rewards at the end of the month, in total and funded by paid credits: for each charge ⌊withheld × paid part of
 * the reward ÷ reward⌋. A refund reverses the same share of it, rounded down, as of the whole withheld reward.
 */
export const ON_HOLD = `
  with held as (
    select c.account_id, c.id, c.reward, c.reward_on_hold as whole, c.base + c.premium - c.absorbed as total,
      (select coalesce(sum(p.amount), 0) from unnest(c.grant_ids, c.grant_amounts) p (grant_id, amount)
        join grants g on g.account_id = c.account_id and g.id = p.grant_id where g.paid_amount > 0) as paid_amount,
      (select coalesce(sum(r.amount), 0) from refunds r
        where r.account_id = c.account_id and r.charge_id = c.id and r.at < $1) as refunded
    from charges c where c.reward_on_hold > 0 and c.at < $1),
  part as (
    select whole, refunded, total, share(whole, share(reward, paid_amount, total), reward) as paid from held)
  select coalesce(sum(whole - share(whole, refunded, total)), 0)::bigint as whole,
    coalesce(sum(paid - share(paid, refunded, total)), 0)::bigint as paid
  from part`
