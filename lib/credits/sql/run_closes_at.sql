-- When a run closes by itself: 24 hours after its last use, 30 days after its start at most (lib/credits/book/run.ts).
create function run_closes_at(created_at timestamptz, used_at timestamptz) returns timestamptz language sql immutable parallel safe
  return least(created_at + interval '720 hours', date_trunc('milliseconds', used_at) + interval '24 hours');
