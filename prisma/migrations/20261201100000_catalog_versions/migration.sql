-- The catalogue is data: a scheduled document never changes. The versions of price_versions are converted at the next start.
create table catalog_versions (
  version integer not null,
  state text not null,
  effective_from timestamptz(6),
  document jsonb not null,
  -- Counts the changes of a draft.
  revision integer not null default 1,
  constraint catalog_versions_pkey primary key (version),
  constraint catalog_versions_version_check check (version > 0),
  constraint catalog_versions_state_check check (state in ('draft', 'scheduled')),
  -- The first version alone has always been in force.
  constraint catalog_versions_start_check check (
    case state when 'draft' then effective_from is null else effective_from is not null or version = 1 end),
  constraint catalog_versions_effective_from_key unique (effective_from)
);
