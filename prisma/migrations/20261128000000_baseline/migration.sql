-- The schema of version 0.1 in one migration. A database that version 0.1 made has all of it: lib/db/migrate.ts marks this
-- migration as applied there. Migrations are append-only from here on. Only trigger functions are part of migrations; every
-- other function has a file in lib/credits/sql (docs/adr/0008).

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
create index users_lower_name_idx on users (lower(name) text_pattern_ops);

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

-- Apps --------------------------------------------------------------------------------------------------------------

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

-- The names an app is found by. Slugs and external ids share one name space: otherwise a slug equal to another app's
-- external id would be charged for, and rewarded, in that app's place.
create table app_names (
  name text not null primary key,
  app_id uuid not null references apps (id) on delete restrict on update cascade
);
create index app_names_app_id_idx on app_names (app_id);

-- Raises the errors of the columns' own unique indexes, whose names tell which field was taken.
create function name_app() returns trigger language plpgsql as $$
begin
  if (new.slug, new.external_id) is not distinct from (old.slug, old.external_id) then
    return null;
  end if;
  delete from app_names where app_id = new.id and name <> new.slug and name is distinct from new.external_id;
  insert into app_names as n (name, app_id) values (new.slug, new.id)
  on conflict (name) do update set app_id = excluded.app_id where n.app_id = excluded.app_id;
  if not found then
    raise unique_violation using constraint = 'apps_slug_key', message = 'the slug is a name of another app';
  end if;
  if new.external_id is not null then
    insert into app_names as n (name, app_id) values (new.external_id, new.id)
    on conflict (name) do update set app_id = excluded.app_id where n.app_id = excluded.app_id;
    if not found then
      raise unique_violation using constraint = 'apps_external_id_key', message = 'the external id is a name of another app';
    end if;
  end if;
  return null;
end $$;
create trigger apps_names after insert or update of slug, external_id on apps
  for each row execute function name_app();

-- Consent: which apps may spend a user's credits. Tokens and codes are stored as SHA-256 only.
create table app_consents (
  account_id uuid not null,
  app_id uuid not null,
  granted_at timestamptz(6) not null,
  revoked_at timestamptz(6),
  primary key (account_id, app_id)
);

create table app_tokens (
  hash text primary key,
  account_id uuid not null,
  app_id uuid not null,
  created_at timestamptz(6) not null,
  expires_at timestamptz(6) not null,
  revoked_at timestamptz(6),
  -- The connect code it was exchanged for, if any.
  code_hash text,
  constraint app_tokens_short_lived check (expires_at > created_at and expires_at <= created_at + interval '1 day')
);
create index app_tokens_account_id_app_id_idx on app_tokens (account_id, app_id);
create index app_tokens_expires_at_idx on app_tokens (expires_at);

create table connect_codes (
  hash text primary key,
  account_id uuid not null,
  app_id uuid not null,
  return_to text not null,
  -- base64url(SHA-256(verifier)), RFC 7636.
  challenge text not null,
  created_at timestamptz(6) not null,
  expires_at timestamptz(6) not null,
  used_at timestamptz(6)
);
create index connect_codes_expires_at_idx on connect_codes (expires_at);

-- The ledger --------------------------------------------------------------------------------------------------------
-- Free space in the pages (fillfactor) and no index on a balance column keep the updates of the hot path inside their
-- page. Charges and keys have no foreign keys: a wallet is never deleted, and `npm run audit` checks the references.
-- Charges, refunds and entries are appended in order of time, so BRIN indexes on `at` cost a write next to nothing.

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
create index holds_reference_idx on holds (reference) where reference is not null;
create index holds_expires_at_idx on holds (expires_at) where status = 'open';
create index holds_account_id_created_at_id_idx on holds (account_id, created_at, id) where status in ('released', 'expired');

-- How much a payer lets an app spend in a period. Held credits count too: those of the app's open holds.
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
-- Serves look-ups of a reference alone and within an account.
create index charges_reference_account_id_idx on charges (reference, account_id) where reference is not null;
create index charges_at_idx on charges using brin (at);
-- The monthly report lists rewards on hold; few charges have any.
create index charges_reward_on_hold_at_idx on charges (at) where reward_on_hold > 0;

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
create index refunds_at_idx on refunds using brin (at);

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
create index entries_at_idx on entries using brin (at);

create table idempotency_keys (
  account_id uuid not null,
  key text not null,
  fingerprint uuid not null,
  kind text not null,
  object_id uuid not null,
  result jsonb,
  primary key (account_id, key)
);

-- Changes of an account's plan: allowances alone do not show a Super plan that ended inside the Free period it began in.
create table plan_changes (
  account_id uuid not null,
  -- Never before the movements it was written with.
  at timestamptz(6) not null,
  id uuid not null,
  -- Null for the plan the account began with.
  plan_before text check (plan_before in ('free', 'super')),
  plan text not null check (plan in ('free', 'super')),
  constraint plan_changes_change check (plan_before is distinct from plan),
  primary key (account_id, at, id)
);

-- Each time money of a bought grant went back or came again, even if no credits were left to take. A grant's rows add up:
-- `money` to the sum returned, `credits` to grants.money_back, `shortfall` to grants.shortfall.
create table money_back (
  account_id uuid not null,
  at timestamptz(6) not null,
  id uuid not null,
  grant_id uuid not null,
  -- Minor units of the currency the grant was bought in; negative after a failed refund or a won dispute.
  money bigint not null,
  -- The change of the total to take back, split into credits taken from unspent ones, credits missing, and, for the rest,
  -- credits staff had revoked before. When freed credits later pay a shortfall, `shortfall` turns into `revoked`.
  credits bigint not null,
  revoked bigint not null,
  shortfall bigint not null,
  primary key (account_id, at, id)
);
create index money_back_at_idx on money_back using brin (at);

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
  -- Premium nobody earned, because nobody paid it: it counts against no velocity limit. Null on rows from before it was
  -- recorded: all of their premium counts.
  premium_unearned bigint default 0,
  primary key (account_id, day, operation, app_id),
  constraint usage_days_refunded_within_paid check (refunded <= paid)
) with (fillfactor = 60);
-- Version 0.1 added it to large tables without a scan; a database made now has to look the same.
alter table usage_days add constraint usage_days_unearned_within_premium
  check (premium_unearned between 0 and premium) not valid;
-- The payers of an operation of an app: a rare operation is found beside one that millions use.
create index usage_days_app_id_operation_day_idx on usage_days (app_id, operation, day)
  where app_id <> '00000000-0000-0000-0000-000000000000';
-- The apps an account has used. Partial, so that a read of many days does not prefer it to the primary key.
create index usage_days_account_id_app_id_idx on usage_days (account_id, app_id)
  where app_id <> '00000000-0000-0000-0000-000000000000';

create table reward_counters (
  creator_id uuid not null,
  slot smallint not null,
  earned_paid bigint not null default 0 check (earned_paid >= 0),
  earned_free bigint not null default 0 check (earned_free >= 0),
  on_hold bigint not null default 0 check (on_hold >= 0),
  primary key (creator_id, slot)
) with (fillfactor = 50);

-- `_paid`: the part that bought credits funded. `reversed_on_hold`: the part that was on hold when it was reversed.
-- `restored`: what returned money gave back of `reversed_paid` (docs/adr/0006).
create table reward_accounts (
  creator_id uuid primary key,
  reversed bigint not null default 0 check (reversed >= 0),
  reversed_paid bigint not null default 0 check (reversed_paid >= 0),
  reversed_on_hold bigint not null default 0 check (reversed_on_hold >= 0),
  transferred bigint not null default 0 check (transferred >= 0),
  transferred_paid bigint not null default 0 check (transferred_paid between 0 and transferred),
  restored bigint not null default 0,
  constraint reward_accounts_restored_check check (restored between 0 and reversed_paid)
);

create table reward_transfers (
  creator_id uuid not null,
  -- The id of the grant it became.
  id uuid not null,
  amount bigint not null check (amount > 0),
  funded_paid bigint not null check (funded_paid between 0 and amount),
  -- The reward balance that was left.
  balance_after bigint not null check (balance_after >= 0),
  created_at timestamptz(6) not null,
  primary key (creator_id, id)
);
create unique index reward_transfers_id_key on reward_transfers (id);

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

-- Rewards a creator lost because the money behind the credits went back; negative rows restore them when it came again.
-- A grant's rows add up to what is taken back for it now.
create table reward_takebacks (
  account_id uuid not null,
  at timestamptz(6) not null,
  id uuid not null,
  grant_id uuid not null,
  creator_id uuid not null,
  -- App, day and operation of the charges that were rewarded: the row counts on their day.
  app_id uuid not null,
  day date not null,
  operation text not null,
  amount bigint not null check (amount <> 0),
  primary key (account_id, at, id)
);
create index reward_takebacks_at_idx on reward_takebacks using brin (at);

-- Guards ------------------------------------------------------------------------------------------------------------

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never updated or deleted', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;

create trigger charges_append_only before update or delete on charges for each statement execute function refuse_change();
create trigger refunds_append_only before update or delete on refunds for each statement execute function refuse_change();
create trigger entries_append_only before update or delete on entries for each statement execute function refuse_change();
create trigger idempotency_keys_append_only before update or delete on idempotency_keys
  for each statement execute function refuse_change();
create trigger plan_changes_append_only before update or delete on plan_changes
  for each statement execute function refuse_change();
create trigger money_back_append_only before update or delete on money_back
  for each statement execute function refuse_change();
create trigger reward_transfers_append_only before update or delete on reward_transfers
  for each statement execute function refuse_change();
create trigger reward_takebacks_append_only before update or delete on reward_takebacks
  for each statement execute function refuse_change();

-- TRUNCATE fires no DELETE trigger.
create trigger charges_never_emptied before truncate on charges for each statement execute function refuse_change();
create trigger refunds_never_emptied before truncate on refunds for each statement execute function refuse_change();
create trigger entries_never_emptied before truncate on entries for each statement execute function refuse_change();
create trigger idempotency_keys_never_emptied before truncate on idempotency_keys
  for each statement execute function refuse_change();
create trigger plan_changes_never_emptied before truncate on plan_changes for each statement execute function refuse_change();
create trigger money_back_never_emptied before truncate on money_back for each statement execute function refuse_change();
create trigger reward_transfers_never_emptied before truncate on reward_transfers
  for each statement execute function refuse_change();
create trigger reward_takebacks_never_emptied before truncate on reward_takebacks
  for each statement execute function refuse_change();

create function reward_accounts_grow() returns trigger language plpgsql as $$
begin
  if (new.reversed, new.reversed_paid, new.reversed_on_hold, new.restored, new.transferred, new.transferred_paid) <> (
      greatest(new.reversed, old.reversed), greatest(new.reversed_paid, old.reversed_paid),
      greatest(new.reversed_on_hold, old.reversed_on_hold), greatest(new.restored, old.restored),
      greatest(new.transferred, old.transferred), greatest(new.transferred_paid, old.transferred_paid)) then
    raise exception 'counters of rewards only grow' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger reward_accounts_grow before update on reward_accounts
  for each row execute function reward_accounts_grow();

-- Prices ------------------------------------------------------------------------------------------------------------

-- Price versions that were charged at: receipts are computed from them, so they must not change.
create table price_versions (
  version integer primary key check (version > 0),
  effective_from timestamptz(6),
  terms jsonb not null
);

-- Billing -----------------------------------------------------------------------------------------------------------
-- What the product remembers of Stripe. Stripe holds the truth about money and is read each time. Accounts have no foreign
-- keys here: a wallet is never deleted, and unknown customers are refused earlier.

create table customers (
  account_id uuid primary key,
  stripe_customer text not null,
  reads_started bigint not null default 0,
  read_applied bigint not null default 0 check (read_applied <= reads_started),
  created_at timestamptz(6) not null
);
create unique index customers_stripe_customer_key on customers (stripe_customer);

create table subscriptions (
  account_id uuid primary key,
  stripe_subscription text not null,
  status text not null,
  period_start timestamptz(6) not null,
  period_end timestamptz(6) not null,
  cancel_at_period_end boolean not null,
  ends_at timestamptz(6),
  past_due boolean not null,
  paid boolean not null,
  next_attempt_at timestamptz(6),
  open_invoice_url text,
  last_read_at timestamptz(6) not null
);
create unique index subscriptions_stripe_subscription_key on subscriptions (stripe_subscription);

create table checkout_sessions (
  id text primary key,
  account_id uuid not null,
  kind text not null check (kind in ('plan', 'pack')),
  key text not null,
  credits bigint not null check (credits > 0),
  amount bigint not null check (amount >= 0),
  currency text not null,
  quantity integer not null check (quantity > 0),
  expires_after_days integer check (expires_after_days > 0),
  status text not null check (status in ('open', 'processing', 'paid', 'failed', 'expired')),
  return_to text,
  created_at timestamptz(6) not null,
  settled_at timestamptz(6)
);
create index checkout_sessions_account_id_created_at_idx on checkout_sessions (account_id, created_at);
create index checkout_sessions_created_at_idx on checkout_sessions (created_at) where status in ('open', 'processing');

create table webhook_events (
  id text primary key,
  type text not null,
  object_id text not null,
  customer text,
  payment_intent text,
  received_at timestamptz(6) not null,
  applied_at timestamptz(6),
  attempts integer not null default 0,
  next_attempt_at timestamptz(6) not null,
  last_error text
);
create index webhook_events_next_attempt_at_idx on webhook_events (next_attempt_at) where applied_at is null;

create table portal_links (
  hash text primary key,
  user_id uuid not null,
  page text not null,
  return_to text,
  created_at timestamptz(6) not null,
  expires_at timestamptz(6) not null,
  used_at timestamptz(6)
);
create index portal_links_expires_at_idx on portal_links (expires_at);

-- The operator's staff ----------------------------------------------------------------------------------------------

-- Each action of the staff. It is written in the transaction of the movement it causes; if the effect lies outside of the
-- database (Stripe), it is written before and finished after, and a null outcome means the effect is not known.
create table operator_actions (
  id uuid primary key,
  -- Null if it concerns no account in particular.
  account_id uuid,
  at timestamptz(6) not null,
  staff_id uuid not null,
  staff_email text not null,
  kind text not null check (kind in ('grant', 'revoke', 'refund_charge', 'end_hold', 'settle_checkout', 'refund_payment',
    'apply_webhooks')),
  -- The public id, or Stripe's id, of the object it was applied to.
  subject text not null,
  reason text not null check (reason <> ''),
  -- Millicredits; minor units of the currency for a refund of a payment.
  amount bigint,
  -- The form's key: a form sent twice takes effect once.
  key text not null,
  fingerprint uuid not null,
  outcome text check (outcome in ('done', 'refused')),
  detail text,
  finished_at timestamptz(6),
  constraint operator_actions_finished_with_outcome check ((outcome is null) = (finished_at is null))
);
create unique index operator_actions_key_key on operator_actions (key);
create index operator_actions_account_id_at_id_idx on operator_actions (account_id, at, id);
create index operator_actions_subject_at_idx on operator_actions (subject, at);

-- An action is only ever finished, once.
create function refuse_rewriting() returns trigger language plpgsql as $$
begin
  if old.outcome is null and (to_jsonb(new) - 'outcome' - 'detail' - 'finished_at')
    = (to_jsonb(old) - 'outcome' - 'detail' - 'finished_at') then
    return new;
  end if;
  raise exception 'an operator action is never rewritten' using errcode = 'integrity_constraint_violation';
end $$;
create trigger operator_actions_finish_once before update on operator_actions for each row execute function refuse_rewriting();
create trigger operator_actions_append_only before delete or truncate on operator_actions
  for each statement execute function refuse_change();

-- Audits, so that a page can say when the ledger was last found clean.
create table audit_runs (
  id uuid primary key,
  at timestamptz(6) not null,
  staff_email text not null,
  rules integer not null check (rules > 0),
  milliseconds integer not null check (milliseconds >= 0),
  -- The broken rules: rule, states, drifted, examples. Empty if the ledger is clean.
  drift jsonb not null
);
create index audit_runs_at_idx on audit_runs (at);

-- The studio: apps made and used on this site. Nothing here moves a credit. ------------------------------------------

create table studio_projects (
  id uuid primary key,
  owner_id uuid not null references users (id) on delete restrict on update cascade,
  -- The published app; null until the first publication.
  app_id uuid references apps (id) on delete restrict on update cascade,
  -- The design being edited; null until there is a first version.
  draft jsonb,
  published jsonb,
  created_at timestamptz(6) not null,
  updated_at timestamptz(6) not null,
  constraint studio_projects_published_has_app check ((app_id is null) = (published is null)),
  constraint studio_projects_published_has_draft check (published is null or draft is not null)
);
create unique index studio_projects_app_id_key on studio_projects (app_id);
create index studio_projects_owner_id_updated_at_idx on studio_projects (owner_id, updated_at);

-- The conversation in the editor.
create table studio_messages (
  id uuid primary key,
  project_id uuid not null references studio_projects (id) on delete cascade on update cascade,
  role text not null check (role in ('user', 'assistant')),
  -- The turn it belongs to: a repeated turn is not written twice.
  action_id uuid not null,
  body text not null,
  -- Null if nothing was charged.
  charge_id uuid,
  total bigint check (total >= 0),
  created_at timestamptz(6) not null
);
create unique index studio_messages_project_id_action_id_role_key on studio_messages (project_id, action_id, role);

-- The things a person keeps in an app.
create table studio_items (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null references apps (id) on delete restrict on update cascade,
  kind text not null check (kind in ('text', 'image', 'speech', 'video')),
  title text not null,
  body text not null,
  media_type text,
  media bytea,
  -- The use that made it; null if the person wrote it.
  action_id uuid,
  charge_id uuid,
  total bigint check (total >= 0),
  created_at timestamptz(6) not null,
  updated_at timestamptz(6) not null,
  constraint studio_items_media_has_type check ((media is null) = (media_type is null))
);
create index studio_items_account_id_app_id_created_at_idx on studio_items (account_id, app_id, created_at);
create unique index studio_items_account_id_app_id_action_id_key on studio_items (account_id, app_id, action_id);

-- First visits: an app gives its starter content once.
create table studio_visits (
  account_id uuid not null,
  app_id uuid not null references apps (id) on delete restrict on update cascade,
  opened_at timestamptz(6) not null,
  primary key (account_id, app_id)
);

-- The token an app received for a person, as the app's server stores it: encrypted and bound to both.
create table studio_connections (
  account_id uuid not null,
  app_id uuid not null references apps (id) on delete restrict on update cascade,
  sealed_token text not null,
  expires_at timestamptz(6) not null,
  primary key (account_id, app_id)
);

-- Captures of this site's own runs without a confirmed answer: repeated with the same key until there is one.
create table studio_dues (
  hold_id text primary key,
  account_id uuid not null,
  action_id uuid not null,
  usage jsonb not null,
  capture_key text not null,
  created_at timestamptz(6) not null
);
create index studio_dues_account_id_idx on studio_dues (account_id);

-- Processes ---------------------------------------------------------------------------------------------------------

-- How far the product's clock is ahead of real time; read with TEST_CLOCK=on only. At most one row.
create table test_clock (
  id boolean primary key default true check (id),
  offset_ms bigint not null check (offset_ms >= 0)
);

-- Request counts shared by several processes (RATE_LIMIT_STORE=postgres), with the names and types that
-- rate-limiter-flexible expects. Unlogged: a crash may forget the counts, and counting costs the ledger's disk nothing.
create unlogged table rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
) with (fillfactor = 50);
