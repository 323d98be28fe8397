-- Prices as they were charged: what receipts are computed from must not change once it has taken effect.
create table price_versions (
  version integer primary key check (version > 0),
  effective_from timestamptz(6),
  terms jsonb not null
);

-- The monthly report reads the movements of all accounts since a month began. As with charges: they are only ever
-- appended, so these stay a few pages and cost a write next to nothing.
create index refunds_at_idx on refunds using brin (at);
create index entries_at_idx on entries using brin (at);
