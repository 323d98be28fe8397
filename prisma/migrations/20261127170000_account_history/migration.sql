-- When an account's plan changed, as it was recorded: allowances alone do not show that Super ended inside the Free period it
-- had begun in.
create table plan_changes (
  account_id uuid not null,
  -- Not before any movement it was written with.
  at timestamptz(6) not null,
  id uuid not null,
  -- Null: the plan the account began with.
  plan_before text check (plan_before in ('free', 'super')),
  plan text not null check (plan in ('free', 'super')),
  constraint plan_changes_change check (plan_before is distinct from plan),
  primary key (account_id, at, id)
);
insert into plan_changes (account_id, at, id, plan_before, plan)
select account_id, created_at, id, plan_before, plan from (
  select account_id, created_at, id, plan, lag(plan) over (partition by account_id order by created_at, period_start, id)
    as plan_before
  from grants where source = 'allowance') a
where plan_before is distinct from plan;

-- What became of a bought grant when money went back or came again, also where nothing was left to take. Of a grant all rows
-- add up: money to what has gone back, credits to grants.money_back, shortfall to grants.shortfall.
create table money_back (
  account_id uuid not null,
  at timestamptz(6) not null,
  id uuid not null,
  grant_id uuid not null,
  -- Minor units of the currency the grant was bought in; below zero: a refund failed, or a dispute was won.
  money bigint not null,
  -- Of what it is to take back in all, how much more: taken from what was unspent, not there any more, or, for the rest, taken
  -- by hand before. When what is freed later pays a shortfall, the one becomes the other.
  credits bigint not null,
  revoked bigint not null,
  shortfall bigint not null,
  primary key (account_id, at, id)
);
create index money_back_at_idx on money_back using brin (at);
insert into money_back (account_id, at, id, grant_id, money, credits, revoked, shortfall)
select g.account_id, coalesce(e.at, w.last_at), gen_random_uuid(), g.id, g.money_back * g.paid_amount / g.granted,
  g.money_back, g.money_back - g.shortfall, g.shortfall
from grants g join wallets w using (account_id) left join lateral (
  select max(e.at) as at from entries e
  where e.account_id = g.account_id and e.grant_id = g.id and e.kind in ('revoke', 'restore')) e on true
where g.money_back > 0;

create trigger plan_changes_append_only before update or delete on plan_changes
  for each statement execute function refuse_change();
create trigger plan_changes_never_emptied before truncate on plan_changes for each statement execute function refuse_change();
create trigger money_back_append_only before update or delete on money_back
  for each statement execute function refuse_change();
create trigger money_back_never_emptied before truncate on money_back for each statement execute function refuse_change();
