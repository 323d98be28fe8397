-- Who has had a trial, and with which card: one for each account and each card.
create table trials (
  account_id uuid primary key,
  stripe_subscription text not null unique,
  -- Stripe's fingerprint of the card or bank account; null if there is none, or if the trial was made by hand at Stripe.
  card text unique,
  -- What it brought, in millicredits; 0 if it was made by hand at Stripe.
  credits bigint not null check (credits >= 0),
  -- Its card had had one before: the trial ended at once, without credits.
  refused boolean not null,
  created_at timestamptz(6) not null,
  check (not refused or (card is null and credits = 0))
);
