-- Makes many charges in one call: the plain case of the hot path.
--
-- The function works in two steps. It first locks the wallets in order of their ids. As it is VOLATILE, its second
-- statement then sees every row as the last writer left it and decides over sets:
--   * It accepts a request only in the plain case: the key is new, nothing of the account is due, the plan includes the
--     operation, the app's budget, the limits and the run have room, and the running sum of the account's requests neither
--     exceeds its available credits nor brings its balance down to the level that causes an event (lib/credits/book/tell.ts).
--   * Callers send each key once per batch. The unique index refuses a whole batch that repeats a key.
--   * Running sums over requests and over grants are intervals on one line. Where two overlap, that grant funds that request.
--   * A request that is not accepted is not returned. The one-by-one path decides it; only that path refuses and replays.
-- Requests never race for one row, because their wallets are locked. Reward counters come last, in order of their keys, in
-- the slot of the caller's connection (docs/adr/0007).
--
-- Together with `= any (array)` on each joined table, these settings keep plans over an unnested array on hash joins
-- and index scans while tables grow (docs/adr/0005). A scalar subselect probes each key: the planner cannot turn it
-- into a join that reads all keys. The plan is generic, because planning a single charge on each call costs more than
-- executing it.
create function charge_batch(
  p_now timestamptz, p_slot smallint,
  p_account_id uuid[], p_key text[], p_key_fingerprint uuid[], p_id uuid[], p_operation text[], p_app_id uuid[], p_run_id uuid[],
  p_creator_id uuid[], p_usage jsonb[], p_base bigint[], p_premium bigint[], p_price_version int[], p_premium_bps int[], p_tier text[],
  p_reference text[], p_metadata jsonb[], p_fingerprint text[], p_payer_max bigint, p_creator_max bigint)
returns table (place bigint, at timestamptz, balance_after bigint, grant_ids uuid[], grant_amounts bigint[])
language plpgsql
set enable_nestloop = off set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  v_day date := (p_now at time zone 'UTC')::date;
  v_week date := date_trunc('week', p_now at time zone 'UTC')::date;
  v_day_end timestamptz := (v_day + 1)::timestamp at time zone 'UTC';
  v_armed uuid[];
begin
  perform 1 from wallets w where w.account_id = any (p_account_id) order by w.account_id for update;
  select array_agg(l.account_id) into v_armed from spending_limits l where l.account_id = any (p_account_id);
  return query
  -- Only the columns needed to decide pass through joins and sorts; the columns to write are joined at the end, by place.
  with request as (
    select r.account_id, r.key, r.operation, r.app_id, r.run_id, r.base + r.premium as total, r.tier, r.ord
    from unnest(p_account_id, p_key, p_operation, p_app_id, p_run_id, p_base, p_premium, p_tier) with ordinality
      r (account_id, key, operation, app_id, run_id, base, premium, tier, ord)),
  armed as materialized (
    select l.account_id, l.scope, l.app_id, l as windows from spending_limits l where l.account_id = any (v_armed)),
  -- A limit on the whole account narrows its available credits: both have the same holds and the same running sum.
  plain as (
    select r.account_id, r.operation, r.app_id, r.run_id, r.ord, r.total, w.available + w.held as balance,
      case when l.account_id is null then w.available
        else least(w.available, limit_room(l.windows, v_day, v_week) - w.held) end as available,
      w.tell_below, greatest(p_now, w.last_at + interval '1 microsecond') as first_at
    from request r join wallets w on w.account_id = r.account_id and w.account_id = any (p_account_id)
      left join armed l on l.account_id = r.account_id and l.scope = 'account'
    where w.next_due_at > greatest(p_now, w.last_at) and r.tier = any(w.tiers)
      and (select k.object_id from idempotency_keys k where k.account_id = r.account_id and k.key = r.key) is null),
  gate as (
    select p.ord, p.total as amount, b.account_id, 'budget' as kind, b.app_id as id,
      case when b.paused then 0 else b.monthly_limit - b.used - (select coalesce(sum(h.amount), 0) from holds h
        where h.account_id = b.account_id and h.app_id = b.app_id and h.status = 'open') end as room
    from plain p join app_budgets b on b.account_id = p.account_id and b.app_id = p.app_id
    where b.account_id = any (p_account_id)
    union all
    select p.ord, p.total, l.account_id, l.scope, l.app_id,
      limit_room(l.windows, v_day, v_week) - (select coalesce(sum(h.amount), 0) from holds h
        where h.account_id = l.account_id and h.status = 'open' and in_scope(l.scope, l.app_id, h.operation, h.app_id))
    from plain p join armed l on l.account_id = p.account_id and l.scope <> 'account'
      and in_scope(l.scope, l.app_id, p.operation, p.app_id)
    union all
    -- A run that is unknown, closed or of another app allows nothing.
    select p.ord, p.total, p.account_id, 'run', p.run_id,
      case when r.id is null then 0 else r.cap - r.spent - (select coalesce(sum(h.amount), 0) from holds h
        where h.account_id = r.account_id and h.run_id = r.id and h.status = 'open') end
    from plain p left join runs r on r.account_id = p.account_id and r.id = p.run_id and r.account_id = any (p_account_id)
      and r.id = any (p_run_id) and p.first_at < r.closes_at and r.app_id is not distinct from p.app_id
    where p.run_id is not null),
  gated as materialized (
    select g.ord, bool_and(g.upper <= g.room) as allowed, bool_or(g.kind = 'budget') as has_budget
    from (
      select g.*, sum(g.amount) over (partition by g.account_id, g.kind, g.id order by g.ord rows unbounded preceding) as upper
      from gate g) g
    group by g.ord),
  summed as (
    select p.account_id, p.operation, p.app_id, p.run_id, p.ord, p.total, p.available, p.balance, p.tell_below, p.first_at,
      g.has_budget,
      sum(p.total) over line::bigint as upper, row_number() over line as turn,
      -- If a budget, a limit or a run refuses a charge, the account's later requests also go to the one-by-one path, so that
      -- they stay in order.
      bool_and(g.allowed is not false) over line as in_turn
    from plain p left join gated g on g.ord = p.ord window line as (partition by p.account_id order by p.ord rows unbounded preceding)),
  accepted as (
    select s.account_id, s.operation, s.app_id, s.run_id, s.has_budget, s.ord, s.total, s.upper,
      s.upper - s.total as lower, s.balance - s.upper as balance_after,
      s.first_at + (s.turn - 1) * interval '1 microsecond' as at
    from summed s where s.in_turn and s.upper <= s.available and s.balance - s.upper > s.tell_below
      -- Limits count by the day of this call. An account whose time is beyond it takes the one-by-one path, and so do
      -- all its later requests, because a gap in the running sum would be taken without a charge.
      and s.first_at + (s.turn - 1) * interval '1 microsecond' < v_day_end),
  taken as (
    select a.account_id, max(a.upper) as amount, max(a.at) as last_at from accepted a group by a.account_id),
  lot as (
    select g.account_id, g.id, g.remaining, g.paid_amount > 0 as paid,
      sum(g.remaining) over line::bigint as upper, row_number() over line as place, t.amount
    from grants g join taken t on t.account_id = g.account_id
    where g.account_id = any (p_account_id) and g.remaining > 0
    window line as (partition by g.account_id order by g.expires_at, g.source <> 'allowance', g.created_at, g.id
      rows unbounded preceding)),
  part as (
    select a.ord, l.account_id, l.id as grant_id, l.place, l.paid,
      least(a.upper, l.upper) - greatest(a.lower, l.upper - l.remaining) as amount
    from accepted a join (select * from lot where upper - remaining < amount) l on l.account_id = a.account_id
    where least(a.upper, l.upper) > greatest(a.lower, l.upper - l.remaining)),
  funding as (
    select p.ord, array_agg(p.grant_id order by p.place) as grant_ids, array_agg(p.amount order by p.place) as grant_amounts,
      coalesce(sum(p.amount) filter (where p.paid), 0)::bigint as paid
    from part p group by p.ord),
  -- In the plain case a charge is paid in full, so its whole premium is the reward.
  charge as materialized (
    select a.account_id, a.at, (a.at at time zone 'UTC')::date as day, a.ord, r.id, r.operation, r.app_id, r.run_id, r.creator_id,
      r.base, r.premium, case when r.creator_id is null then 0 else r.premium end as reward, a.total, f.paid, a.balance_after, f.grant_ids, f.grant_amounts, r.price_version, r.premium_bps,
      r.key, r.key_fingerprint, r.usage, r.reference, r.metadata, r.fingerprint
    from accepted a
      join funding f on f.ord = a.ord
      join unnest(p_key, p_key_fingerprint, p_id, p_operation, p_app_id, p_run_id, p_creator_id, p_usage, p_base, p_premium,
        p_price_version, p_premium_bps, p_reference, p_metadata, p_fingerprint) with ordinality
        r (key, key_fingerprint, id, operation, app_id, run_id, creator_id, usage, base, premium, price_version, premium_bps,
          reference, metadata, fingerprint, ord) on r.ord = a.ord),
  judged as materialized (
    select a.ords[h.place] as ord, h.on_hold
    from (
      select array_agg(c.ord) as ords, array_agg(c.account_id) as accounts, array_agg(c.creator_id) as creators,
        array_agg(c.day) as days, array_agg(c.reward) as rewards
      from (select * from charge x where x.creator_id is not null order by x.ord) c) a
      cross join lateral rewards_on_hold(a.accounts, a.creators, a.days, a.rewards, p_payer_max, p_creator_max) h),
  debited_grants as (
    update grants g set remaining = g.remaining - x.amount, used = g.used + x.amount
    from (select account_id, grant_id, sum(amount)::bigint as amount from part group by account_id, grant_id) x
    where g.account_id = any (p_account_id) and g.account_id = x.account_id and g.id = x.grant_id),
  debited_wallets as (
    update wallets w set available = w.available - t.amount, last_at = t.last_at
    from taken t where w.account_id = any (p_account_id) and w.account_id = t.account_id),
  spent as (
    update app_budgets b set used = b.used + x.amount
    from (select a.account_id, a.app_id, sum(a.total)::bigint as amount
      from accepted a where a.has_budget group by 1, 2) x
    where b.account_id = any (p_account_id) and b.account_id = x.account_id and b.app_id = x.app_id),
  counted as (
    update spending_limits l set day = v_day, day_used = case when l.day = v_day then l.day_used else 0 end + x.amount,
      week = v_week, week_used = case when l.week = v_week then l.week_used else 0 end + x.amount,
      month_used = l.month_used + x.amount
    from (
      select t.account_id, 'account' as scope, '00000000-0000-0000-0000-000000000000'::uuid as app_id, t.amount from taken t
      union all
      select r.account_id, r.scope, r.app_id, sum(a.total)::bigint
      from armed r join accepted a on a.account_id = r.account_id and in_scope(r.scope, r.app_id, a.operation, a.app_id)
      where r.scope <> 'account' group by 1, 2, 3) x
    where l.account_id = any (v_armed) and l.account_id = x.account_id and l.scope = x.scope and l.app_id = x.app_id),
  run_used as (
    update runs r set spent = r.spent + x.amount, charges = r.charges + x.charges, closes_at = run_closes_at(r.created_at, x.last_at)
    from (select a.account_id, a.run_id, sum(a.total)::bigint as amount, count(*) as charges, max(a.at) as last_at
      from accepted a where a.run_id is not null group by 1, 2) x
    where r.account_id = any (p_account_id) and r.id = any (p_run_id) and r.account_id = x.account_id and r.id = x.run_id),
  written as (
    insert into charges (account_id, at, id, operation, app_id, run_id, creator_id, usage, base, premium, reward, reward_on_hold,
      price_version, premium_bps, grant_ids, grant_amounts, balance_after, reference, metadata, fingerprint)
    select c.account_id, c.at, c.id, c.operation, c.app_id, c.run_id, c.creator_id, c.usage, c.base, c.premium,
      c.reward, coalesce(j.on_hold, 0), c.price_version, c.premium_bps,
      c.grant_ids, c.grant_amounts, c.balance_after, c.reference, c.metadata, c.fingerprint
    from charge c left join judged j on j.ord = c.ord),
  remembered as (
    insert into idempotency_keys (account_id, key, fingerprint, kind, object_id)
    select c.account_id, c.key, c.key_fingerprint, 'charge', c.id from charge c),
  days as (
    insert into usage_days as u (account_id, day, operation, app_id, charges, base, premium, paid)
    select c.account_id, c.day, c.operation, coalesce(c.app_id, '00000000-0000-0000-0000-000000000000'), count(*),
      sum(c.base), sum(c.premium), sum(c.total)
    from charge c group by 1, 2, 3, 4
    on conflict (account_id, day, operation, app_id) do update set charges = u.charges + excluded.charges,
      base = u.base + excluded.base, premium = u.premium + excluded.premium, paid = u.paid + excluded.paid),
  earned as materialized (
    select c.creator_id, c.day, c.app_id, c.operation, c.total, c.reward, coalesce(j.on_hold, 0) as on_hold,
      share(c.reward, c.paid, c.total)::bigint as earned_paid
    from charge c left join judged j on j.ord = c.ord where c.creator_id is not null),
  counters as (
    insert into reward_counters as c (creator_id, slot, earned_paid, earned_free, on_hold)
    select e.creator_id, p_slot, sum(e.earned_paid), sum(e.reward - e.earned_paid), sum(e.on_hold)
    from earned e group by e.creator_id order by e.creator_id
    on conflict (creator_id, slot, home) do update set earned_paid = c.earned_paid + excluded.earned_paid,
      earned_free = c.earned_free + excluded.earned_free, on_hold = c.on_hold + excluded.on_hold),
  reward_day as (
    insert into reward_days as d (creator_id, day, app_id, operation, slot, uses, paid, earned, on_hold)
    select e.creator_id, e.day, e.app_id, e.operation, p_slot, count(*), sum(e.total), sum(e.reward), sum(e.on_hold)
    from earned e group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (creator_id, day, app_id, operation, slot, home) do update set uses = d.uses + excluded.uses,
      paid = d.paid + excluded.paid, earned = d.earned + excluded.earned, on_hold = d.on_hold + excluded.on_hold)
  select c.ord, c.at, c.balance_after, c.grant_ids, c.grant_amounts from charge c;
end $$;
