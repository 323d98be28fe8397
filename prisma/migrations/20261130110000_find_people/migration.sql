-- The operator finds people by any part of an e-mail, a name or an external id. An index on groups of three characters
-- answers that among millions of people; pg_trgm, which does the same, is not installed everywhere.

-- Without regard to case, whatever the locale of the database.
create or replace function fold_text(input text) returns text
language sql immutable strict parallel safe
return lower(input collate "und-x-icu");

create or replace function people_text(email text, name text, external_id text) returns text
language sql immutable parallel safe
return fold_text(email || E'\n' || coalesce(name, '') || E'\n' || coalesce(external_id, ''));

-- Every three neighbouring characters of a text; none of a shorter one.
create or replace function text_grams(input text) returns text[]
language sql immutable strict parallel safe
return (
  select coalesce(array_agg(distinct substr(input, place, 3)), '{}') from generate_series(1, length(input) - 2) place
);

create index if not exists users_people_text_idx on users using gin (text_grams(people_text(email, name, external_id)));

-- Names from their beginning, folded alike.
drop index users_lower_name_idx;
create index if not exists users_folded_name_idx on users (fold_text(name) text_pattern_ops);
