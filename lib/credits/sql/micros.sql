-- Microseconds since 1970: the precision of a timestamptz that a program can hold exactly. Declared as volatile as the
-- functions it calls, because PostgreSQL would not inline it otherwise.
create function micros(instant timestamptz) returns bigint language sql stable parallel safe
  return (extract(epoch from instant) * 1000000)::bigint;
