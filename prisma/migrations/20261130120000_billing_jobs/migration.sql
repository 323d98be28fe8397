-- Stripe's states, currencies and lost news. What Stripe says stays the truth: these columns hold what was read last, and
-- when it has to be read again.

-- When a plan that has no paid allowance expects its next credits; null while nothing is known to bring any.
alter table wallets add column plan_renews_at timestamptz(6);

-- The Stripe account and mode this database belongs to: written at the first start, compared ever after.
create table stripe_account (
  only_row boolean primary key default true check (only_row),
  account text not null,
  livemode boolean not null,
  -- The portal configuration this product made; null until it made one.
  portal_configuration text,
  noted_at timestamptz(6) not null
);

alter table customers
  -- As Stripe was told last.
  add column told_email text,
  add column told_name text,
  -- When Stripe has to be told of a change; null when it knows.
  add column details_due_at timestamptz(6),
  -- Since when Stripe does not know this customer; null while it does.
  add column unknown_since timestamptz(6);
create index customers_details_due_at_idx on customers (details_due_at) where details_due_at is not null;

alter table subscriptions
  add column plan text not null default 'super',
  -- The end of the last period that was paid; null before the first.
  add column paid_until timestamptz(6),
  -- How the payment of the current period stands.
  add column renewal text not null default 'paid'
    check (renewal in ('paid', 'draft', 'processing', 'open', 'none')),
  -- When its credits are expected at the latest; null when nothing is on its way.
  add column renews_by timestamptz(6),
  -- Collection is paused; when it goes on by itself, if it does.
  add column collection_paused boolean not null default false,
  add column resumes_at timestamptz(6),
  -- What was paid does not fit what was sold: staff decide.
  add column checking boolean not null default false,
  -- Since when Stripe does not know this subscription; null while it does.
  add column unknown_since timestamptz(6),
  -- When it has to be read again; null once it is over.
  add column due_at timestamptz(6);
alter table subscriptions alter column plan drop default;
update subscriptions set due_at = last_read_at where status not in ('canceled', 'incomplete_expired');
create index subscriptions_due_at_idx on subscriptions (due_at) where due_at is not null;

alter table checkout_sessions
  drop constraint checkout_sessions_status_check,
  add constraint checkout_sessions_status_check
    check (status in ('open', 'processing', 'paid', 'failed', 'expired', 'checking')),
  -- When it has to be read again; null once it is settled.
  add column due_at timestamptz(6);
update checkout_sessions set due_at = created_at + interval '24 hours' where status in ('open', 'processing');
create index checkout_sessions_due_at_idx on checkout_sessions (due_at) where due_at is not null;
drop index checkout_sessions_created_at_idx;

-- Work on Stripe as a whole: the list of events, and the list of running subscriptions.
create table stripe_sweeps (
  kind text primary key check (kind in ('events', 'subscriptions')),
  due_at timestamptz(6) not null,
  -- Events were read up to here.
  read_to timestamptz(6)
);
insert into stripe_sweeps (kind, due_at) values ('events', '-infinity'), ('subscriptions', '-infinity');

-- What deserves a person of the staff: noticed once each, kept until somebody settles it.
create table billing_notices (
  id text primary key,
  kind text not null,
  -- Null: about no account in particular.
  account_id uuid,
  -- An id of Stripe's.
  subject text not null,
  facts jsonb not null,
  noticed_at timestamptz(6) not null,
  settled_at timestamptz(6),
  -- Null while it is open.
  outcome text check (outcome in ('accepted', 'seen', 'over')),
  constraint billing_notices_settled_with_outcome check ((outcome is null) = (settled_at is null))
);
create index billing_notices_open_idx on billing_notices (noticed_at) where settled_at is null;
create index billing_notices_account_id_idx on billing_notices (account_id, kind);

alter table operator_actions drop constraint operator_actions_kind_check,
  add constraint operator_actions_kind_check check (kind in ('grant', 'revoke', 'refund_charge', 'end_hold', 'settle_checkout',
    'refund_payment', 'apply_webhooks', 'accept_payment', 'settle_notice', 'reconcile'));
