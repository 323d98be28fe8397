-- Captures of this site's own runs that could not be confirmed: repeated with the same key until they are, or cannot be any more.
create table studio_dues (
  hold_id text primary key,
  account_id uuid not null,
  action_id uuid not null,
  usage jsonb not null,
  capture_key text not null,
  created_at timestamptz(6) not null
);
create index studio_dues_account_id_idx on studio_dues (account_id);
