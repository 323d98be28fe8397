-- The last windows, by their starts, and caps in which a refusal was reported, so that each is reported once. Null: none was.
set lock_timeout = '2s';
alter table spending_limits
  add column day_told timestamptz(6), add column week_told timestamptz(6), add column month_told timestamptz(6);
alter table app_budgets add column told_for timestamptz(6);
alter table runs add column told_cap bigint;
