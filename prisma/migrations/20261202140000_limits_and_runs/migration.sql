-- What an account has allowed itself to spend by day, week and month: in all, in the editor or in an app. A row exists while one
-- of its limits is set, and counts all its windows meanwhile.
create table spending_limits (
  account_id uuid not null,
  scope text not null,
  -- Zero unless the scope is an app.
  app_id uuid not null default '00000000-0000-0000-0000-000000000000',
  day_limit bigint,
  week_limit bigint,
  month_limit bigint,
  -- The UTC day, the first day of the ISO week and the start of the month that the sums belong to.
  day date not null,
  day_used bigint not null,
  week date not null,
  week_used bigint not null,
  month_start timestamptz(6) not null,
  month_used bigint not null,
  constraint spending_limits_pkey primary key (account_id, scope, app_id),
  constraint spending_limits_scope_check check (scope in ('account', 'editor', 'app')),
  constraint spending_limits_app_check check ((scope = 'app') = (app_id <> '00000000-0000-0000-0000-000000000000')),
  constraint spending_limits_any_check check (coalesce(day_limit, week_limit, month_limit) is not null),
  constraint spending_limits_limit_check check (day_limit >= 0 and week_limit >= 0 and month_limit >= 0),
  constraint spending_limits_used_check check (day_used >= 0 and week_used >= 0 and month_used >= 0)
) with (fillfactor = 60);

-- The work of an agent: many holds and charges under one cap. Open holds come from `holds`.
create table runs (
  account_id uuid not null,
  id uuid not null,
  app_id uuid,
  cap bigint not null,
  label text,
  -- The charges so far: their number, and their sum without what was absorbed or refunded.
  charges bigint not null default 0,
  spent bigint not null default 0,
  created_at timestamptz(6) not null,
  closes_at timestamptz(6) not null,
  constraint runs_pkey primary key (account_id, id),
  constraint runs_cap_check check (cap > 0),
  constraint runs_charges_check check (charges >= 0),
  constraint runs_spent_check check (spent >= 0 and spent <= cap)
) with (fillfactor = 60);
create index runs_id_idx on runs (id);

set lock_timeout = '2s';
alter table charges add column run_id uuid;
alter table holds add column run_id uuid;

-- A budget of 0 lets an app spend nothing.
alter table app_budgets drop constraint app_budgets_monthly_limit_check;
alter table app_budgets add constraint app_budgets_monthly_limit_check check (monthly_limit >= 0) not valid;
alter table app_budgets validate constraint app_budgets_monthly_limit_check;
