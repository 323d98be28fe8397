-- How far the product's clock is ahead of real time; only ever read with TEST_CLOCK=on. One row at most.
create table test_clock (
  id boolean primary key default true check (id),
  offset_ms bigint not null check (offset_ms >= 0)
);
