-- The version of the catalogue whose terms a subscription keeps, the plan it changes to when its period ends, and an upgrade that
-- waits for its payment. Each subscription is read again soon, which fills them in.
alter table subscriptions
  add column version int,
  add column next_plan text,
  add column next_at timestamptz(6),
  add column pending_plan text,
  add column pending_url text;
