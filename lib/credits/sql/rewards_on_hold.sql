-- Returns the part of each reward above the velocity limits (docs/architecture.md, "Rewards"), for batches and single
-- charges alike. A payer's sum is the earned premiums of that day in the creator's apps; it is exact, because the caller
-- holds the wallet's lock. A creator's sum is the committed rewards of that day, excluding withheld ones; concurrent
-- charges may exceed that limit by what they earn. Running sums follow the given order. Returns no rows if nothing is
-- withheld.
create function rewards_on_hold(
  p_account uuid[], p_creator uuid[], p_day date[], p_reward bigint[], p_payer_max bigint, p_creator_max bigint)
returns table (place bigint, on_hold bigint)
language plpgsql stable
set enable_nestloop = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  with reward as (
    select r.account_id, r.creator_id, r.day, r.amount, r.place
    from unnest(p_account, p_creator, p_day, p_reward) with ordinality r (account_id, creator_id, day, amount, place)),
  app as materialized (
    select a.id, a.creator_id from apps a where a.creator_id = any (p_creator)),
  payer as materialized (
    select u.account_id, a.creator_id, u.day, sum(u.premium - coalesce(u.premium_unearned, 0))::bigint as earned
    from usage_days u join app a on a.id = u.app_id
    where u.account_id = any (p_account) and u.day = any (p_day) group by 1, 2, 3),
  creator as materialized (
    select d.creator_id, d.day, sum(d.earned - d.on_hold)::bigint as earned
    from reward_days d where d.creator_id = any (p_creator) and d.day = any (p_day) group by 1, 2),
  -- Usually no reward is near a limit and the running sums are not needed.
  near as materialized (
    select exists (
      select 1 from (select r.account_id, r.creator_id, r.day, sum(r.amount) as amount from reward r group by 1, 2, 3) r
        left join payer p on p.account_id = r.account_id and p.creator_id = r.creator_id and p.day = r.day
      where r.amount + coalesce(p.earned, 0) > p_payer_max)
    or exists (
      select 1 from (select r.creator_id, r.day, sum(r.amount) as amount from reward r group by 1, 2) r
        left join creator c on c.creator_id = r.creator_id and c.day = r.day
      where r.amount + coalesce(c.earned, 0) > p_creator_max) as yes),
  by_payer as (
    select r.place, r.creator_id, r.day, r.amount, least(r.amount, greatest(0, coalesce(p.earned, 0) - p_payer_max
      + (sum(r.amount) over (partition by r.account_id, r.creator_id, r.day order by r.place
        rows unbounded preceding))::bigint)) as excess
    from reward r left join payer p on p.account_id = r.account_id and p.creator_id = r.creator_id and p.day = r.day
    where (select n.yes from near n)),
  by_creator as (
    select b.place, b.excess, b.amount - b.excess as rest, coalesce(c.earned, 0) - p_creator_max
      + (sum(b.amount - b.excess) over (partition by b.creator_id, b.day order by b.place
        rows unbounded preceding))::bigint as beyond
    from by_payer b left join creator c on c.creator_id = b.creator_id and c.day = b.day)
  select b.place, b.excess + least(b.rest, greatest(0, b.beyond)) from by_creator b;
end $$;
