-- A line may pay for several months, each with one grant.
create unique index concurrently grants_stripe_line_account_id_line_month_key on grants (stripe_line, account_id, line_month)
  where stripe_line is not null;
