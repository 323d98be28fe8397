-- People ------------------------------------------------------------------------------------------------------------

create table users (
  id uuid primary key,
  external_id text unique check (external_id <> '' and external_id not like 'usr\_%'),
  email text not null unique check (email = lower(email)),
  name text,
  email_verified timestamptz(6),
  image text,
  created_at timestamptz(6) not null
);

create table oauth_accounts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references users (id) on delete cascade on update cascade,
  type text not null,
  provider text not null,
  provider_account_id text not null,
  refresh_token text,
  access_token text,
  expires_at integer,
  token_type text,
  scope text,
  id_token text,
  session_state text
);
create unique index oauth_accounts_provider_provider_account_id_key on oauth_accounts (provider, provider_account_id);
create index oauth_accounts_user_id_idx on oauth_accounts (user_id);

create table sessions (
  id uuid primary key default gen_random_uuid(),
  session_token text not null,
  user_id uuid not null references users (id) on delete cascade on update cascade,
  expires timestamptz(6) not null
);
create unique index sessions_session_token_key on sessions (session_token);
create index sessions_user_id_idx on sessions (user_id);

create table verification_tokens (
  identifier text not null,
  token text not null,
  expires timestamptz(6) not null
);
create unique index verification_tokens_token_key on verification_tokens (token);
create unique index verification_tokens_identifier_token_key on verification_tokens (identifier, token);

create table api_keys (
  id uuid primary key,
  name text not null,
  prefix text not null,
  hash text not null,
  created_at timestamptz(6) not null,
  last_used_at timestamptz(6),
  revoked_at timestamptz(6)
);
create unique index api_keys_hash_key on api_keys (hash);

create table apps (
  id uuid primary key,
  creator_id uuid not null references users (id) on delete restrict on update cascade,
  name text not null,
  slug text not null,
  external_id text,
  visibility text not null check (visibility in ('private', 'unlisted', 'public')),
  origins text[] default '{}',
  created_at timestamptz(6) not null
);
create unique index apps_slug_key on apps (slug);
create unique index apps_external_id_key on apps (external_id);
create index apps_creator_id_created_at_idx on apps (creator_id, created_at);

-- The ledger --------------------------------------------------------------------------------------------------------
-- Free space in the pages (fillfactor) and no index on a balance column keep the updates of the hot path inside their
-- page. Charges and keys carry no foreign keys: a wallet is never deleted, and `npm run audit` checks what they point at.

create table wallets (
  account_id uuid primary key references users (id) on delete restrict on update cascade,
  plan text not null check (plan in ('free', 'super')),
  anchor_day date not null,
  plan_ends_at timestamptz(6),
  available bigint not null default 0 check (available >= 0),
  held bigint not null default 0 check (held >= 0),
  next_due_at timestamptz(6) not null,
  last_at timestamptz(6) not null
) with (fillfactor = 60);

create table grants (
  account_id uuid not null,
  id uuid not null,
  source text not null check (source in ('allowance', 'pack', 'reward', 'promo')),
  granted bigint not null check (granted > 0),
  remaining bigint not null check (remaining >= 0),
  held bigint not null default 0 check (held >= 0),
  used bigint not null default 0 check (used >= 0),
  expired bigint not null default 0 check (expired >= 0),
  revoked bigint not null default 0 check (revoked >= 0),
  money_back bigint not null default 0 check (money_back between 0 and granted),
  shortfall bigint not null default 0 check (shortfall between 0 and money_back),
  expires_at timestamptz(6),
  plan text,
  period_start timestamptz(6),
  period_end timestamptz(6),
  paid_amount bigint check (paid_amount >= 0),
  paid_tax bigint check (paid_tax >= 0),
  paid_currency text,
  stripe_payment text,
  stripe_line text,
  reason text,
  created_at timestamptz(6) not null,
  primary key (account_id, id),
  constraint grants_conserve check (granted = remaining + held + used + expired + revoked),
  constraint grants_allowance_has_period check
    ((source = 'allowance') = (plan is not null and period_start is not null and period_end is not null)),
  constraint grants_paid_has_currency check ((paid_amount is null) = (paid_currency is null))
) with (fillfactor = 60);
create unique index grants_id_key on grants (id);
create unique index grants_stripe_line_key on grants (stripe_line);
create unique index grants_account_id_plan_period_start_key on grants (account_id, plan, period_start);
create index grants_stripe_payment_idx on grants (stripe_payment) where stripe_payment is not null;

create table holds (
  account_id uuid not null,
  id uuid not null,
  operation text not null,
  app_id uuid,
  usage jsonb not null,
  amount bigint not null check (amount > 0),
  limit_amount bigint check (limit_amount > 0),
  status text not null check (status in ('open', 'captured', 'released', 'expired')),
  price_version integer not null,
  premium_bps integer not null check (premium_bps between 0 and 10000),
  grant_ids uuid[],
  grant_amounts bigint[],
  reference text,
  metadata jsonb,
  fingerprint text,
  expires_at timestamptz(6) not null,
  created_at timestamptz(6) not null,
  closed_at timestamptz(6),
  primary key (account_id, id),
  constraint holds_within_limit check (limit_amount is null or amount <= limit_amount),
  constraint holds_closed_when_not_open check ((status = 'open') = (closed_at is null))
) with (fillfactor = 80);
create unique index holds_id_key on holds (id);
create index holds_account_id_expires_at_idx on holds (account_id, expires_at) where status = 'open';

-- What a payer lets an app spend in a period. Held credits count too; they are the open holds of the app.
create table app_budgets (
  account_id uuid not null,
  app_id uuid not null,
  monthly_limit bigint check (monthly_limit > 0),
  paused boolean not null default false,
  used bigint not null default 0 check (used >= 0),
  period_start timestamptz(6) not null,
  primary key (account_id, app_id)
) with (fillfactor = 60);

create table charges (
  account_id uuid not null,
  at timestamptz(6) not null,
  id uuid not null,
  operation text not null,
  app_id uuid,
  creator_id uuid,
  usage jsonb not null,
  base bigint not null check (base > 0),
  premium bigint not null check (premium >= 0),
  absorbed bigint not null default 0 check (absorbed >= 0),
  reward bigint not null default 0 check (reward >= 0),
  reward_on_hold bigint not null default 0 check (reward_on_hold between 0 and reward),
  price_version integer not null,
  premium_bps integer not null check (premium_bps between 0 and 10000),
  grant_ids uuid[],
  grant_amounts bigint[],
  balance_after bigint not null check (balance_after >= 0),
  hold_id uuid,
  reference text,
  metadata jsonb,
  fingerprint text,
  primary key (account_id, at),
  constraint charges_absorbed_within_total check (absorbed <= base + premium),
  constraint charges_reward_within_premium check (reward <= premium)
);
create unique index charges_id_key on charges (id);
create unique index charges_hold_id_key on charges (hold_id) where hold_id is not null;
create index charges_account_id_reference_idx on charges (account_id, reference) where reference is not null;

create table refunds (
  account_id uuid not null,
  at timestamptz(6) not null,
  id uuid not null,
  charge_id uuid not null,
  amount bigint not null check (amount > 0),
  reason text not null,
  reward_reversed bigint not null default 0 check (reward_reversed >= 0),
  grant_ids uuid[],
  grant_amounts bigint[],
  balance_after bigint not null check (balance_after >= 0),
  primary key (account_id, at)
);
create unique index refunds_id_key on refunds (id);
create index refunds_account_id_charge_id_idx on refunds (account_id, charge_id);

create table entries (
  account_id uuid not null,
  at timestamptz(6) not null,
  kind text not null check (kind in ('grant', 'expire', 'revoke', 'restore')),
  grant_id uuid not null,
  amount bigint not null check (amount <> 0 and (amount > 0) = (kind in ('grant', 'restore'))),
  effective_at timestamptz(6) not null,
  reason text,
  balance_after bigint not null check (balance_after >= 0),
  primary key (account_id, at)
);

create table idempotency_keys (
  account_id uuid not null,
  key text not null,
  fingerprint uuid not null,
  kind text not null,
  object_id uuid not null,
  result jsonb,
  primary key (account_id, key)
);

-- Charges, refunds, entries and keys are written once: the database itself refuses to change or delete them.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never updated or deleted', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger charges_append_only before update or delete on charges for each statement execute function refuse_change();
create trigger refunds_append_only before update or delete on refunds for each statement execute function refuse_change();
create trigger entries_append_only before update or delete on entries for each statement execute function refuse_change();
create trigger idempotency_keys_append_only before update or delete on idempotency_keys
  for each statement execute function refuse_change();

-- Roll-ups ----------------------------------------------------------------------------------------------------------

create table usage_days (
  account_id uuid not null,
  day date not null,
  operation text not null,
  app_id uuid not null,
  charges bigint not null check (charges > 0),
  base bigint not null check (base >= 0),
  premium bigint not null check (premium >= 0),
  paid bigint not null check (paid >= 0),
  refunded bigint not null default 0 check (refunded >= 0),
  primary key (account_id, day, operation, app_id),
  constraint usage_days_refunded_within_paid check (refunded <= paid)
) with (fillfactor = 60);
create index usage_days_app_id_day_idx on usage_days (app_id, day)
  where app_id <> '00000000-0000-0000-0000-000000000000';

create table reward_counters (
  creator_id uuid not null,
  slot smallint not null,
  earned_paid bigint not null default 0 check (earned_paid >= 0),
  earned_free bigint not null default 0 check (earned_free >= 0),
  on_hold bigint not null default 0 check (on_hold >= 0),
  primary key (creator_id, slot)
) with (fillfactor = 50);

-- What the paid credits funded of it is kept apart; so is what was on hold when it was reversed.
create table reward_accounts (
  creator_id uuid primary key,
  reversed bigint not null default 0 check (reversed >= 0),
  reversed_paid bigint not null default 0 check (reversed_paid >= 0),
  reversed_on_hold bigint not null default 0 check (reversed_on_hold >= 0),
  transferred bigint not null default 0 check (transferred >= 0),
  transferred_paid bigint not null default 0 check (transferred_paid between 0 and transferred)
);

create table reward_transfers (
  creator_id uuid not null,
  -- The grant it became.
  id uuid not null,
  amount bigint not null check (amount > 0),
  funded_paid bigint not null check (funded_paid between 0 and amount),
  -- What was left of the rewards.
  balance_after bigint not null check (balance_after >= 0),
  created_at timestamptz(6) not null,
  primary key (creator_id, id)
);
create unique index reward_transfers_id_key on reward_transfers (id);
create trigger reward_transfers_append_only before update or delete on reward_transfers
  for each statement execute function refuse_change();

create table reward_days (
  creator_id uuid not null,
  day date not null,
  app_id uuid not null,
  operation text not null,
  slot smallint not null,
  uses bigint not null check (uses >= 0),
  paid bigint not null check (paid >= 0),
  earned bigint not null check (earned >= 0),
  on_hold bigint not null default 0 check (on_hold >= 0),
  reversed bigint not null default 0 check (reversed >= 0),
  reversed_on_hold bigint not null default 0 check (reversed_on_hold >= 0),
  primary key (creator_id, day, app_id, operation, slot)
) with (fillfactor = 50);

-- Instants ----------------------------------------------------------------------------------------------------------

-- Microseconds since 1970: what the program can hold exactly of a timestamptz. Declared as volatile as what it calls,
-- without which PostgreSQL would not inline it.
create function micros(instant timestamptz) returns bigint language sql stable parallel safe
  return (extract(epoch from instant) * 1000000)::bigint;
