-- When a run closes automatically: 24 hours after its last use, but at most 30 days after its start
-- (lib/credits/book/run.ts).
create function run_closes_at(created_at timestamptz, used_at timestamptz) returns timestamptz language sql immutable parallel safe
  return least(created_at + interval '720 hours', date_trunc('milliseconds', used_at) + interval '24 hours');
