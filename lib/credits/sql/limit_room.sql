-- The amount that the windows of a limit leave on a UTC day, in the ISO week that begins on `week`, before open holds:
-- the least of limit − used over the limits that are set. A window that has ended counts as empty; no write has to
-- start the next one.
create function limit_room(l spending_limits, day date, week date) returns bigint language sql immutable parallel safe
  return least(
    l.day_limit - case when l.day = day then l.day_used else 0 end,
    l.week_limit - case when l.week = week then l.week_used else 0 end,
    l.month_limit - l.month_used);
