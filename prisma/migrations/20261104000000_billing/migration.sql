-- Buying: what the product remembers of Stripe. Nothing here is truth about money: that is read from Stripe each time.
-- Accounts carry no foreign keys: a wallet is never deleted, and what Stripe says about somebody unknown is refused before.

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
