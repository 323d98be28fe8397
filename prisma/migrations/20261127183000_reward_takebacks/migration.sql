-- What a creator's rewards lost because the money went back that the credits behind them were bought with, and, below zero,
-- what they got again when it came back. Only added to; the rows of a grant add up to what is taken back for it now.
create table reward_takebacks (
  account_id uuid not null,
  at timestamptz(6) not null,
  id uuid not null,
  grant_id uuid not null,
  creator_id uuid not null,
  -- Of the charges whose reward it was: it counts on their day.
  app_id uuid not null,
  day date not null,
  operation text not null,
  amount bigint not null check (amount <> 0),
  primary key (account_id, at, id)
);
create index reward_takebacks_at_idx on reward_takebacks using brin (at);

create trigger reward_takebacks_append_only before update or delete on reward_takebacks
  for each statement execute function refuse_change();
create trigger reward_takebacks_never_emptied before truncate on reward_takebacks
  for each statement execute function refuse_change();

-- What money that has gone back already is to take.
with charged as materialized (
    select c.account_id, c.id, c.at, c.creator_id, c.app_id, c.operation, c.reward, c.reward_on_hold as on_hold,
      (c.base + c.premium - c.absorbed)::numeric as total, p.grant_id, p.amount, g.paid_amount > 0 as is_bought
    from charges c cross join lateral unnest(c.grant_ids, c.grant_amounts) p (grant_id, amount)
      join grants g on g.account_id = c.account_id and g.id = p.grant_id
    where c.account_id = any(array(select account_id from grants where shortfall > 0)) and c.creator_id is not null and c.reward > 0 and c.grant_ids && array(select id from grants where shortfall > 0)
      and c.at >= (select min(created_at) from grants where id = any(array(select id from grants where shortfall > 0)))),
returned as (
    select r.charge_id, p.grant_id, sum(p.amount) as amount
    from refunds r cross join lateral unnest(r.grant_ids, r.grant_amounts) p (grant_id, amount)
    where r.account_id = any(array(select account_id from grants where shortfall > 0)) and r.charge_id = any(array(select id from charged)) group by 1, 2),
whole as (
    select c.id, min(c.total) as total, min(c.reward)::numeric as reward, min(c.on_hold)::numeric as on_hold,
      sum(c.amount) filter (where c.is_bought) as bought,
      sum(c.amount - coalesce(r.amount, 0)) filter (where c.is_bought) as bought_left, coalesce(sum(r.amount), 0) as refunded
    from charged c left join returned r on r.charge_id = c.id and r.grant_id = c.grant_id group by c.id),
left_of as (
    select id, bought_left, reward - div(reward * refunded, total) as reward, on_hold - div(on_hold * refunded, total) as on_hold,
      div(reward * bought, total) - div(div(reward * bought, total) * refunded, total) as paid
    from whole where refunded < total and bought_left > 0),
reward_of_grant as (
    select c.account_id, c.grant_id, c.creator_id, c.app_id, (c.at at time zone 'UTC')::date as day, c.operation, c.at,
      div(l.paid * (l.reward - l.on_hold) * (c.amount - coalesce(r.amount, 0)), l.reward * l.bought_left) as reward
    from charged c join left_of l on l.id = c.id
      left join returned r on r.charge_id = c.id and r.grant_id = c.grant_id
    where c.grant_id = any(array(select id from grants where shortfall > 0)) and l.reward > 0),
taken_back as (
    select t.account_id, t.grant_id, t.creator_id, t.app_id, t.day, t.operation,
      sum(div(t.upto * s.part, s.used) - div((t.upto - t.reward) * s.part, s.used)) as amount
    from (
      select *, sum(reward) over (partition by grant_id, creator_id order by at) as upto from reward_of_grant) t
      join (
        select id, used::numeric as used, least(shortfall, used) as part from grants
        where id = any(array(select id from grants where shortfall > 0)) and used > 0) s on s.id = t.grant_id
    group by 1, 2, 3, 4, 5, 6),
told as (
  insert into reward_takebacks (account_id, at, id, grant_id, creator_id, app_id, day, operation, amount)
  select t.account_id, w.last_at, gen_random_uuid(), t.grant_id, t.creator_id, t.app_id, t.day, t.operation, t.amount
  from taken_back t join wallets w using (account_id) where t.amount > 0
  returning creator_id, app_id, day, operation, amount),
accounts as (
  insert into reward_accounts as a (creator_id, reversed, reversed_paid)
  select creator_id, sum(amount), sum(amount) from told group by 1
  on conflict (creator_id) do update set reversed = a.reversed + excluded.reversed,
    reversed_paid = a.reversed_paid + excluded.reversed_paid)
insert into reward_days as d (creator_id, day, app_id, operation, slot, uses, paid, earned, reversed)
select creator_id, day, app_id, operation, 0, 0, 0, 0, sum(amount) from told group by 1, 2, 3, 4
on conflict (creator_id, day, app_id, operation, slot) do update set reversed = d.reversed + excluded.reversed;
