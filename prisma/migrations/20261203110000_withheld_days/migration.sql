-- The creators whose rewards were withheld on a day. Rewards are rarely withheld, so the index is small and a charge rarely
-- writes it.
create index concurrently reward_days_day_idx on reward_days (day) where on_hold > 0;
