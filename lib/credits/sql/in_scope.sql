-- True if a use counts against a limit of this scope. Operations of the editor are recognised by their key, as in
-- lib/catalog/lookup.ts.
create function in_scope(scope text, scope_app_id uuid, operation text, app_id uuid) returns boolean language sql immutable parallel safe
  return case scope when 'account' then true when 'app' then scope_app_id = app_id else starts_with(operation, 'editor.') end;
