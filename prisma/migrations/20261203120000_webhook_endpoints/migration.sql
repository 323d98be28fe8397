-- Where events are delivered.
create table webhook_endpoints (
  id uuid not null,
  url text not null,
  -- Null: every type.
  types text[],
  secret text not null,
  -- Still signs until then, after a rotation.
  old_secret text,
  old_secret_until timestamptz(6),
  -- Null: on.
  off_at timestamptz(6),
  off_reason text,
  -- The first failed attempt since the last one that succeeded; null if that one is the latest.
  failing_since timestamptz(6),
  created_at timestamptz(6) not null,
  constraint webhook_endpoints_pkey primary key (id),
  constraint webhook_endpoints_off_reason_check check (off_reason in ('staff', 'failing')),
  constraint webhook_endpoints_off_check check ((off_at is null) = (off_reason is null)),
  constraint webhook_endpoints_old_secret_check check ((old_secret is null) = (old_secret_until is null))
);

-- An event for an endpoint, written with the event's place in the feed and forgotten with it.
create table webhook_deliveries (
  endpoint_id uuid not null,
  seq bigint not null,
  state text not null,
  attempts integer not null default 0,
  -- Null once it was delivered or given up.
  next_attempt_at timestamptz(6),
  constraint webhook_deliveries_pkey primary key (endpoint_id, seq),
  constraint webhook_deliveries_state_check check (state in ('waiting', 'delivered', 'failed')),
  constraint webhook_deliveries_waiting_check check ((state = 'waiting') = (next_attempt_at is not null)),
  constraint webhook_deliveries_endpoint_id_fkey foreign key (endpoint_id) references webhook_endpoints (id) on delete cascade,
  constraint webhook_deliveries_seq_fkey foreign key (seq) references events (seq) on delete cascade
);
create index webhook_deliveries_seq_idx on webhook_deliveries (seq);
create index webhook_deliveries_endpoint_id_next_attempt_at_idx on webhook_deliveries (endpoint_id, next_attempt_at)
  where next_attempt_at is not null;

-- The log of attempts.
create table webhook_attempts (
  id bigint generated always as identity,
  endpoint_id uuid not null,
  seq bigint not null,
  at timestamptz(6) not null,
  -- The status of the answer; null if there was none.
  status integer,
  -- Why it failed; null if it succeeded.
  problem text,
  milliseconds integer not null,
  constraint webhook_attempts_pkey primary key (id),
  constraint webhook_attempts_delivery_fkey foreign key (endpoint_id, seq)
    references webhook_deliveries (endpoint_id, seq) on delete cascade
);
create index webhook_attempts_endpoint_id_seq_idx on webhook_attempts (endpoint_id, seq);

alter table operator_actions drop constraint operator_actions_kind_check,
  add constraint operator_actions_kind_check check (kind in ('grant', 'revoke', 'refund_charge', 'end_hold', 'settle_checkout',
    'refund_payment', 'apply_webhooks', 'accept_payment', 'close_notice', 'add_endpoint', 'change_endpoint', 'rotate_secret',
    'switch_on_endpoint', 'switch_off_endpoint', 'delete_endpoint'));
