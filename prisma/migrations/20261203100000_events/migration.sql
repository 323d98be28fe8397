-- What the platform is told. An event is written to the outbox in the transaction that causes it; one relay at a time moves it
-- to the feed and numbers it.
set local lock_timeout = '2s';

-- The level of available + held at which a movement has something to tell, and the lines already told. With 0, an account is
-- told empty; its next write that is not batched sets its own level.
alter table wallets
  add column tell_below bigint not null default 0,
  add column told_lines text[] not null default '{}';

create table outbox (
  -- Drawn under the account's lock, so that one account's events are in the order of its changes.
  place bigint generated always as identity,
  -- Null: about the whole platform.
  account_id uuid,
  id uuid not null,
  type text not null,
  data jsonb not null,
  at timestamptz(6) not null,
  -- Real time, for the lag of the relay.
  written_at timestamptz(6) not null default clock_timestamp(),
  constraint outbox_pkey primary key (place)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create table events (
  -- Without gaps: the cursor of the feed.
  seq bigint not null,
  id uuid not null,
  account_id uuid,
  type text not null,
  data jsonb not null,
  at timestamptz(6) not null,
  constraint events_pkey primary key (seq),
  constraint events_id_key unique (id)
);
create index events_account_id_seq_idx on events (account_id, seq);
create index events_type_seq_idx on events (type, seq);

-- The last number given. Not the newest row of the feed, because the feed forgets.
create table event_relay (
  only_row boolean not null default true,
  last_seq bigint not null default 0,
  -- The last day whose withheld and reversed rewards were told; null before the first.
  rewards_told_to date,
  constraint event_relay_pkey primary key (only_row),
  constraint event_relay_only_row_check check (only_row)
);
insert into event_relay default values;

-- Events of which the date is known beforehand.
create table planned_events (
  type text not null,
  subject text not null,
  account_id uuid,
  data jsonb not null,
  due_at timestamptz(6) not null,
  constraint planned_events_pkey primary key (type, subject)
);
create index planned_events_due_at_idx on planned_events (due_at);

insert into planned_events (type, subject, account_id, data, due_at)
select 'pack.expiring', id::text, account_id, jsonb_build_object(
    'grant', 'grt_' || replace(id::text, '-', ''), 'remaining', remaining / 1000.0,
    'expiresAt', to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
  expires_at - interval '7 days'
from grants where source = 'pack' and remaining > 0 and expires_at > now();
insert into planned_events (type, subject, data, due_at)
select 'catalog.effective', version::text, jsonb_build_object(
    'version', version, 'effectiveAt', to_char(effective_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
  effective_from
from catalog_versions where state = 'scheduled' and effective_from > now();
