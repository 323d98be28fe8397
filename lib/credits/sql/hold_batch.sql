-- Makes many holds in one call: the plain case that charge_batch.sql explains.
create function hold_batch(
  p_now timestamptz,
  p_account_id uuid[], p_key text[], p_key_fingerprint uuid[], p_id uuid[], p_operation text[], p_app_id uuid[], p_run_id uuid[], p_usage jsonb[],
  p_amount bigint[], p_limit_amount bigint[], p_price_version int[], p_premium_bps int[], p_tier text[],
  p_expires_at timestamptz[], p_result jsonb[], p_reference text[], p_metadata jsonb[], p_fingerprint text[])
returns table (id uuid, grant_ids uuid[], grant_amounts bigint[])
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
    select r.*
    from unnest(p_account_id, p_key, p_key_fingerprint, p_id, p_operation, p_app_id, p_run_id, p_usage, p_amount, p_limit_amount,
      p_price_version, p_premium_bps, p_tier, p_expires_at, p_result, p_reference, p_metadata, p_fingerprint)
      with ordinality
      r (account_id, key, key_fingerprint, id, operation, app_id, run_id, usage, amount, limit_amount,
        price_version, premium_bps, tier, expires_at, result, reference, metadata, fingerprint, ord)),
  armed as materialized (
    select l.account_id, l.scope, l.app_id, l as windows from spending_limits l where l.account_id = any (v_armed)),
  plain as (
    select r.*, greatest(p_now, w.last_at) as now,
      case when l.account_id is null then w.available
        when w.last_at < v_day_end then least(w.available, limit_room(l.windows, v_day, v_week) - w.held)
        else -1 end as available,
      row_number() over (partition by r.account_id, r.key order by r.ord) as repetition
    from request r join wallets w on w.account_id = r.account_id and w.account_id = any (p_account_id)
      left join armed l on l.account_id = r.account_id and l.scope = 'account'
    where w.next_due_at > greatest(p_now, w.last_at) and r.tier = any(w.tiers)
      -- If the clock is behind the account, the hold would be dated before the account's newest movement.
      and p_now >= date_trunc('milliseconds', w.last_at)
      and (select k.object_id from idempotency_keys k where k.account_id = r.account_id and k.key = r.key) is null),
  gate as (
    select p.ord, p.amount as amount, b.account_id, 'budget' as kind, b.app_id as id,
      case when b.paused then 0 else b.monthly_limit - b.used - (select coalesce(sum(h.amount), 0) from holds h
        where h.account_id = b.account_id and h.app_id = b.app_id and h.status = 'open') end as room
    from plain p join app_budgets b on b.account_id = p.account_id and b.app_id = p.app_id
    where b.account_id = any (p_account_id)
    union all
    select p.ord, p.amount, l.account_id, l.scope, l.app_id,
      case when p.now < v_day_end then limit_room(l.windows, v_day, v_week) - (select coalesce(sum(h.amount), 0) from holds h
        where h.account_id = l.account_id and h.status = 'open' and in_scope(l.scope, l.app_id, h.operation, h.app_id)) else -1 end
    from plain p join armed l on l.account_id = p.account_id and l.scope <> 'account'
      and in_scope(l.scope, l.app_id, p.operation, p.app_id)
    union all
    -- A run that is unknown, closed or of another app allows nothing.
    select p.ord, p.amount, p.account_id, 'run', p.run_id,
      case when r.id is null then 0 else r.cap - r.spent - (select coalesce(sum(h.amount), 0) from holds h
        where h.account_id = r.account_id and h.run_id = r.id and h.status = 'open') end
    from plain p left join runs r on r.account_id = p.account_id and r.id = p.run_id and r.account_id = any (p_account_id)
      and r.id = any (p_run_id) and p.now < r.closes_at and r.app_id is not distinct from p.app_id
    where p.run_id is not null),
  gated as materialized (
    select g.ord, bool_and(g.upper <= g.room) as allowed
    from (
      select g.*, sum(g.amount) over (partition by g.account_id, g.kind, g.id order by g.ord rows unbounded preceding) as upper
      from gate g) g
    group by g.ord),
  summed as (
    select p.*, sum(p.amount) over (partition by p.account_id order by p.ord)::bigint as upper
    from plain p left join gated g on g.ord = p.ord
    where p.repetition = 1 and g.allowed is not false),
  accepted as (
    select s.*, s.upper - s.amount as lower from summed s where s.upper <= s.available),
  taken as (
    select a.account_id, max(a.upper) as amount, min(a.expires_at) as due from accepted a group by a.account_id),
  lot as (
    select g.account_id, g.id, g.remaining, sum(g.remaining) over line::bigint as upper, row_number() over line as place,
      t.amount
    from grants g join taken t on t.account_id = g.account_id
    where g.account_id = any (p_account_id) and g.remaining > 0
    window line as (partition by g.account_id order by g.expires_at, g.source <> 'allowance', g.created_at, g.id)),
  part as (
    select a.id, l.account_id, l.id as grant_id, l.place,
      least(a.upper, l.upper) - greatest(a.lower, l.upper - l.remaining) as amount
    from accepted a join (select * from lot where upper - remaining < amount) l on l.account_id = a.account_id
    where least(a.upper, l.upper) > greatest(a.lower, l.upper - l.remaining)),
  funding as (
    select p.id, array_agg(p.grant_id order by p.place) as grant_ids, array_agg(p.amount order by p.place) as grant_amounts
    from part p group by p.id),
  held_grants as (
    update grants g set remaining = g.remaining - x.amount, held = g.held + x.amount
    from (select account_id, grant_id, sum(amount)::bigint as amount from part group by account_id, grant_id) x
    where g.account_id = any (p_account_id) and g.account_id = x.account_id and g.id = x.grant_id),
  held_wallets as (
    update wallets w set available = w.available - t.amount, held = w.held + t.amount,
      next_due_at = least(w.next_due_at, t.due)
    from taken t where w.account_id = any (p_account_id) and w.account_id = t.account_id),
  run_used as (
    update runs r set closes_at = run_closes_at(r.created_at, x.now)
    from (select a.account_id, a.run_id, max(a.now) as now from accepted a where a.run_id is not null group by 1, 2) x
    where r.account_id = any (p_account_id) and r.id = any (p_run_id) and r.account_id = x.account_id and r.id = x.run_id),
  written as (
    insert into holds (account_id, id, operation, app_id, run_id, usage, amount, limit_amount, status, price_version, premium_bps,
      grant_ids, grant_amounts, reference, metadata, fingerprint, expires_at, created_at)
    select a.account_id, a.id, a.operation, a.app_id, a.run_id, a.usage, a.amount, a.limit_amount, 'open', a.price_version,
      a.premium_bps, f.grant_ids, f.grant_amounts, a.reference, a.metadata, a.fingerprint, a.expires_at, p_now
    from accepted a join funding f on f.id = a.id),
  remembered as (
    insert into idempotency_keys (account_id, key, fingerprint, kind, object_id, result)
    select a.account_id, a.key, a.key_fingerprint, 'hold', a.id, a.result from accepted a)
  select f.id, f.grant_ids, f.grant_amounts from funding f;
end $$;
