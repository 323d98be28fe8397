-- A line that pays for several months at once. Its months begin one after the other, each with a grant of its own.
create table paid_lines (
  account_id uuid not null,
  stripe_line text not null,
  plan text not null,
  -- A month's, in millicredits.
  credits bigint not null check (credits > 0),
  period_start timestamptz(6) not null,
  period_end timestamptz(6) not null check (period_end > period_start),
  months int not null check (months > 0),
  -- Grants exist for this many months, from the first on.
  begun int not null check (begun between 1 and months),
  -- When the next month begins; null if none will.
  next_at timestamptz(6),
  -- What was paid for the line and returned of it, in minor units.
  paid_amount bigint not null check (paid_amount >= 0),
  paid_tax bigint not null check (paid_tax >= 0),
  paid_currency text not null,
  stripe_payment text,
  returned bigint not null default 0 check (returned between 0 and paid_amount),
  primary key (account_id, stripe_line),
  check (next_at is null or begun < months)
);
create index paid_lines_stripe_payment_idx on paid_lines (stripe_payment) where stripe_payment is not null;

-- The month of the line that paid; 0 if it pays for one.
alter table grants add column line_month int not null default 0;
