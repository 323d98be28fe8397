-- What a ledger spread over several machines needs, at no cost for one: the account in every unique key, rewards counted per
-- home, no foreign key out of the ledger, no plan key in a constraint.
--
-- All processes of version 0.1 are stopped before (docs/operations.md). This takes ACCESS EXCLUSIVE on wallets, users,
-- plan_changes, reward_counters, reward_days and the tables whose indexes it drops, and lasts as long as the indexes take to
-- build. They are skipped if they exist: on a large ledger, docs/operations.md builds them while version 0.1 still runs.
set lock_timeout = '5s';

-- `create unique index concurrently` leaves an invalid index when it fails.
do $$
declare broken text;
begin
  select string_agg(i.indexrelid::regclass::text, ', ') into broken from pg_index i
    join pg_class c on c.oid = i.indrelid
  where c.relnamespace = 'public'::regnamespace and not i.indisvalid;
  if broken is not null then
    raise exception 'invalid indexes: %; drop and build them again', broken;
  end if;
end $$;

-- Ids are looked up alone, too, so each index leads with the id. Where the primary key has it, the index need not be unique.
create unique index if not exists charges_id_account_id_key on charges (id, account_id);
create unique index if not exists charges_hold_id_account_id_key on charges (hold_id, account_id) where hold_id is not null;
create unique index if not exists refunds_id_account_id_key on refunds (id, account_id);
create index if not exists grants_id_idx on grants (id);
create index if not exists holds_id_idx on holds (id);
create index if not exists reward_transfers_id_idx on reward_transfers (id);
create unique index if not exists grants_stripe_line_account_id_key on grants (stripe_line, account_id)
  where stripe_line is not null;
drop index charges_id_key, charges_hold_id_key, refunds_id_key, grants_id_key, grants_stripe_line_key, holds_id_key,
  reward_transfers_id_key;

-- Rewards are counted where the payer is; today there is one such place.
alter table reward_counters
  add column home uuid not null default '00000000-0000-0000-0000-000000000000',
  drop constraint reward_counters_pkey,
  add primary key (creator_id, slot, home);
alter table reward_days
  add column home uuid not null default '00000000-0000-0000-0000-000000000000',
  drop constraint reward_days_pkey,
  add primary key (creator_id, day, app_id, operation, slot, home);

-- The tiers of operations the account may use: those of its plan when the plan began.
alter table wallets
  drop constraint wallets_account_id_fkey,
  drop constraint wallets_plan_check,
  add column tiers text[] not null default '{standard}';
update wallets set tiers = '{standard,advanced}' where plan = 'super';
alter table wallets alter column tiers drop default;
alter table plan_changes drop constraint plan_changes_plan_before_check, drop constraint plan_changes_plan_check;

-- Version 0.1 kept its functions here. Since then each build has a schema for its own (docs/adr/0008).
drop function if exists charge_batch, hold_batch, capture_batch, rewards_on_hold, micros;
