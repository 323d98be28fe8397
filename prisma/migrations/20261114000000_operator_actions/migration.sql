-- What the operator's staff did, when and why. Written in the transaction of the movement it caused; where the effect lies
-- outside of the ledger (Stripe), before it, and finished after it: an outcome of null is a question still open.
create table operator_actions (
  id uuid primary key,
  -- Null: about no account in particular.
  account_id uuid,
  at timestamptz(6) not null,
  staff_id uuid not null,
  staff_email text not null,
  kind text not null check (kind in ('grant', 'revoke', 'refund_charge', 'end_hold', 'settle_checkout', 'refund_payment',
    'apply_webhooks')),
  -- What it was done to: a public id, or Stripe's.
  subject text not null,
  reason text not null check (reason <> ''),
  -- Millicredits; of a refund of a payment, minor units of its currency.
  amount bigint,
  -- Of the form: sent twice, it happens once.
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

-- An action is never taken out or rewritten; it is only finished, once.
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

-- The audits that staff asked for, so that a page can say when the ledger was last found clean.
create table audit_runs (
  id uuid primary key,
  at timestamptz(6) not null,
  staff_email text not null,
  rules integer not null check (rules > 0),
  milliseconds integer not null check (milliseconds >= 0),
  -- The broken rules: rule, states, drifted, examples. Empty when the ledger is clean.
  drift jsonb not null
);
create index audit_runs_at_idx on audit_runs (at);

-- Looking up what a person quotes. A reference is asked for alone, and within an account: one index serves both.
create index charges_reference_account_id_idx on charges (reference, account_id) where reference is not null;
drop index charges_account_id_reference_idx;
create index holds_reference_idx on holds (reference) where reference is not null;
create index users_lower_name_idx on users (lower(name) text_pattern_ops);

-- What the staff's pages watch. Charges are only ever added in order of time, so ranges of blocks are index enough and
-- cost the hot path nothing; released and expired holds enter theirs only when they close.
create index charges_at_idx on charges using brin (at);
create index holds_expires_at_idx on holds (expires_at) where status = 'open';
create index holds_account_id_created_at_id_idx on holds (account_id, created_at, id) where status in ('released', 'expired');
create index checkout_sessions_created_at_idx on checkout_sessions (created_at) where status in ('open', 'processing');
