-- What apps are found by. A slug and an external id stand for an app alike, so a name is one app's, whichever of both it is:
-- else whoever registered a slug that is another app's external id would be charged for, and rewarded, in its place.
create table app_names (
  name text not null primary key,
  app_id uuid not null references apps (id) on delete restrict on update cascade
);
create index app_names_app_id_idx on app_names (app_id);

-- Refuses as the unique indexes of the columns do, whose names tell which field it was.
create function name_app() returns trigger language plpgsql as $$
begin
  if (new.slug, new.external_id) is not distinct from (old.slug, old.external_id) then
    return null;
  end if;
  delete from app_names where app_id = new.id and name <> new.slug and name is distinct from new.external_id;
  insert into app_names as n (name, app_id) values (new.slug, new.id)
  on conflict (name) do update set app_id = excluded.app_id where n.app_id = excluded.app_id;
  if not found then
    raise unique_violation using constraint = 'apps_slug_key', message = 'the slug is a name of another app';
  end if;
  if new.external_id is not null then
    insert into app_names as n (name, app_id) values (new.external_id, new.id)
    on conflict (name) do update set app_id = excluded.app_id where n.app_id = excluded.app_id;
    if not found then
      raise unique_violation using constraint = 'apps_external_id_key', message = 'the external id is a name of another app';
    end if;
  end if;
  return null;
end $$;
create trigger apps_names after insert or update of slug, external_id on apps
  for each row execute function name_app();

-- After the trigger, which waits for apps being written and has them wait. Of two that have one name already, the older
-- keeps it.
insert into app_names (name, app_id)
select n.name, a.id from apps a cross join lateral (values (a.slug), (a.external_id)) n (name)
where n.name is not null
order by a.created_at, a.id
on conflict do nothing;
