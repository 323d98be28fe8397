-- Captures many holds in one call: the plain case, in which the hold is open, covers the price, is funded by live
-- grants without a shortfall, and leaves a balance above the level that causes an event. Steps and settings are those
-- of charge_batch.sql.
create function capture_batch(
  p_now timestamptz, p_slot smallint,
  p_account_id uuid[], p_key text[], p_key_fingerprint uuid[], p_id uuid[], p_hold_id uuid[], p_creator_id uuid[], p_usage jsonb[],
  p_base bigint[], p_premium bigint[], p_payer_max bigint, p_creator_max bigint)
returns table (id uuid, at timestamptz, balance_after bigint, grant_ids uuid[], grant_amounts bigint[])
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
  with request as (
    select r.*, r.base + r.premium as total
    from unnest(p_account_id, p_key, p_key_fingerprint, p_id, p_hold_id, p_creator_id, p_usage, p_base, p_premium) with ordinality
      r (account_id, key, key_fingerprint, id, hold_id, creator_id, usage, base, premium, ord)),
  open_hold as (
    select h.* from holds h
    where h.id = any (p_hold_id) and h.status = 'open' and h.expires_at > p_now),
  plain as (
    select r.*, h.operation, h.app_id, h.run_id, h.amount as hold_amount, h.grant_ids, h.grant_amounts, h.price_version,
      h.premium_bps, h.reference, h.metadata, h.fingerprint, w.available + w.held as balance, w.tell_below,
      greatest(p_now, w.last_at + interval '1 microsecond') as first_at,
      row_number() over (partition by r.account_id, r.key order by r.ord) as repetition,
      row_number() over (partition by r.hold_id order by r.ord) as attempt
    from request r
      join open_hold h on h.account_id = r.account_id and h.id = r.hold_id
      join wallets w on w.account_id = r.account_id and w.account_id = any (p_account_id)
    where w.next_due_at > greatest(p_now, w.last_at) and r.total <= h.amount
      and (select k.object_id from idempotency_keys k where k.account_id = r.account_id and k.key = r.key) is null
      and (select count(*) from grants g where g.account_id = r.account_id and g.id = any (h.grant_ids)
        and (g.shortfall > 0 or g.expires_at <= greatest(p_now, w.last_at))) = 0),
  -- In the plain case a capture is paid in full, so its whole premium is the reward.
  numbered as (
    select p.*, case when p.creator_id is null then 0 else p.premium end as reward, p.balance - sum(p.total) over line::bigint as balance_after,
      p.first_at + (row_number() over line - 1) * interval '1 microsecond' as at
    from plain p where p.repetition = 1 and p.attempt = 1
    window line as (partition by p.account_id order by p.ord)),
  -- Limits count by the day of this call. An account whose time is beyond it takes the one-by-one path.
  accepted as (select n.* from numbered n where n.at < v_day_end and n.balance_after > n.tell_below),
  judged as materialized (
    select a.ords[h.place] as ord, h.on_hold
    from (
      select array_agg(c.ord) as ords, array_agg(c.account_id) as accounts, array_agg(c.creator_id) as creators,
        array_agg((c.at at time zone 'UTC')::date) as days, array_agg(c.reward) as rewards
      from (select * from accepted x where x.creator_id is not null order by x.ord) c) a
      cross join lateral rewards_on_hold(a.accounts, a.creators, a.days, a.rewards, p_payer_max, p_creator_max) h),
  settled as (
    select a.account_id, sum(a.hold_amount)::bigint as released, sum(a.total)::bigint as used, max(a.at) as last_at
    from accepted a group by a.account_id),
  held_part as (
    select a.id, a.account_id, a.total, h.grant_id, h.amount, h.place,
      sum(h.amount) over (partition by a.id order by h.place)::bigint as upper
    from accepted a cross join lateral unnest(a.grant_ids, a.grant_amounts) with ordinality h (grant_id, amount, place)),
  part as (
    select p.*, greatest(0, least(p.amount, p.total - (p.upper - p.amount))) as used from held_part p),
  freed_grants as (
    update grants g set held = g.held - x.amount, used = g.used + x.used, remaining = g.remaining + x.amount - x.used
    from (select account_id, grant_id, sum(amount)::bigint as amount, sum(used)::bigint as used
      from part group by account_id, grant_id) x
    where g.account_id = any (p_account_id) and g.account_id = x.account_id and g.id = x.grant_id),
  paid_grant as (
    select g.account_id, g.id from grants g where g.account_id = any (p_account_id) and g.paid_amount > 0),
  funding as (
    select p.id, array_agg(p.grant_id order by p.place) as grant_ids, array_agg(p.used order by p.place) as grant_amounts,
      coalesce(sum(p.used) filter (where g.id is not null), 0)::bigint as paid
    from part p left join paid_grant g on g.account_id = p.account_id and g.id = p.grant_id
    where p.used > 0 group by p.id),
  debited_wallets as (
    update wallets w set available = w.available + s.released - s.used, held = w.held - s.released, last_at = s.last_at
    from settled s where w.account_id = any (p_account_id) and w.account_id = s.account_id),
  -- A budget never refuses a capture, because its hold already counted for at least as much.
  spent as (
    update app_budgets b set used = b.used + x.amount
    from (select a.account_id, a.app_id, sum(a.total)::bigint as amount
      from accepted a where a.app_id is not null group by 1, 2) x
    where b.account_id = any (p_account_id) and b.account_id = x.account_id and b.app_id = x.app_id),
  -- Nor does a limit or a run, for the same reason.
  counted as (
    update spending_limits l set day = v_day, day_used = case when l.day = v_day then l.day_used else 0 end + x.amount,
      week = v_week, week_used = case when l.week = v_week then l.week_used else 0 end + x.amount,
      month_used = l.month_used + x.amount
    from (
      select r.account_id, r.scope, r.app_id, sum(a.total)::bigint as amount
      from spending_limits r
        join accepted a on a.account_id = r.account_id and in_scope(r.scope, r.app_id, a.operation, a.app_id)
      where r.account_id = any (v_armed) group by 1, 2, 3) x
    where l.account_id = any (v_armed) and l.account_id = x.account_id and l.scope = x.scope and l.app_id = x.app_id),
  run_used as (
    update runs r set spent = r.spent + x.amount, charges = r.charges + x.charges,
      closes_at = case when r.closes_at > x.first_at then run_closes_at(r.created_at, x.last_at) else r.closes_at end
    from (
      select a.account_id, a.run_id, sum(a.total)::bigint as amount, count(*) as charges, min(a.at) as first_at, max(a.at) as last_at
      from accepted a where a.run_id is not null group by 1, 2) x
    where r.account_id = any (p_account_id) and r.account_id = x.account_id and r.id = x.run_id),
  closed_holds as (
    update holds h set status = 'captured', closed_at = date_trunc('milliseconds', a.at), grant_ids = '{}',
      grant_amounts = '{}'
    from accepted a
    where h.id = any (p_hold_id) and h.id = a.hold_id and h.account_id = a.account_id),
  written as (
    insert into charges (account_id, at, id, operation, app_id, run_id, creator_id, usage, base, premium, reward, reward_on_hold,
      price_version, premium_bps, grant_ids, grant_amounts, balance_after, hold_id, reference, metadata, fingerprint)
    select a.account_id, a.at, a.id, a.operation, a.app_id, a.run_id, a.creator_id, a.usage, a.base, a.premium,
      a.reward, coalesce(j.on_hold, 0), a.price_version, a.premium_bps,
      f.grant_ids, f.grant_amounts, a.balance_after, a.hold_id, a.reference, a.metadata, a.fingerprint
    from accepted a join funding f on f.id = a.id left join judged j on j.ord = a.ord),
  remembered as (
    insert into idempotency_keys (account_id, key, fingerprint, kind, object_id)
    select a.account_id, a.key, a.key_fingerprint, 'charge', a.id from accepted a),
  days as (
    insert into usage_days as u (account_id, day, operation, app_id, charges, base, premium, paid)
    select a.account_id, (a.at at time zone 'UTC')::date, a.operation,
      coalesce(a.app_id, '00000000-0000-0000-0000-000000000000'), count(*), sum(a.base), sum(a.premium), sum(a.total)
    from accepted a group by 1, 2, 3, 4
    on conflict (account_id, day, operation, app_id) do update set charges = u.charges + excluded.charges,
      base = u.base + excluded.base, premium = u.premium + excluded.premium, paid = u.paid + excluded.paid),
  earned as (
    select a.creator_id, (a.at at time zone 'UTC')::date as day, a.app_id, a.operation, a.total, a.reward, coalesce(j.on_hold, 0) as on_hold,
      share(a.reward, f.paid, a.total)::bigint as earned_paid
    from accepted a join funding f on f.id = a.id left join judged j on j.ord = a.ord
    where a.creator_id is not null),
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
  select a.id, a.at, a.balance_after, f.grant_ids, f.grant_amounts
  from accepted a join funding f on f.id = a.id;
end $$;
