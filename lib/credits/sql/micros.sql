-- Microseconds since 1970: the part of a timestamptz a program can hold exactly. Declared as volatile as the functions it
-- calls; otherwise PostgreSQL would not inline it.
create function micros(instant timestamptz) returns bigint language sql stable parallel safe
  return (extract(epoch from instant) * 1000000)::bigint;
