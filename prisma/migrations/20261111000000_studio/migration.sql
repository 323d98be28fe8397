-- Apps that are made and used on this site. Nothing here moves a credit.

create table studio_projects (
  id uuid primary key,
  owner_id uuid not null references users (id) on delete restrict on update cascade,
  -- The app people use; null until it is published for the first time.
  app_id uuid references apps (id) on delete restrict on update cascade,
  -- What is being edited; null until there is a first version of it.
  draft jsonb,
  -- What people use.
  published jsonb,
  created_at timestamptz(6) not null,
  updated_at timestamptz(6) not null,
  constraint studio_projects_published_has_app check ((app_id is null) = (published is null)),
  constraint studio_projects_published_has_draft check (published is null or draft is not null)
);
create unique index studio_projects_app_id_key on studio_projects (app_id);
create index studio_projects_owner_id_updated_at_idx on studio_projects (owner_id, updated_at);

-- What was said in the editor.
create table studio_messages (
  id uuid primary key,
  project_id uuid not null references studio_projects (id) on delete cascade on update cascade,
  role text not null check (role in ('user', 'assistant')),
  -- The one turn it belongs to: a turn that is asked for again is not written twice.
  action_id uuid not null,
  body text not null,
  -- What it cost; null where nothing was charged.
  charge_id uuid,
  total bigint check (total >= 0),
  created_at timestamptz(6) not null
);
create unique index studio_messages_project_id_action_id_role_key on studio_messages (project_id, action_id, role);

-- What a person keeps in an app.
create table studio_items (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null references apps (id) on delete restrict on update cascade,
  kind text not null check (kind in ('text', 'image', 'speech', 'video')),
  title text not null,
  body text not null,
  media_type text,
  media bytea,
  -- The use that made it; null for what was written by hand.
  action_id uuid,
  charge_id uuid,
  total bigint check (total >= 0),
  created_at timestamptz(6) not null,
  updated_at timestamptz(6) not null,
  constraint studio_items_media_has_type check ((media is null) = (media_type is null))
);
create index studio_items_account_id_app_id_created_at_idx on studio_items (account_id, app_id, created_at);
create unique index studio_items_account_id_app_id_action_id_key on studio_items (account_id, app_id, action_id);

-- Who has opened which app: its starter content is given once.
create table studio_visits (
  account_id uuid not null,
  app_id uuid not null references apps (id) on delete restrict on update cascade,
  opened_at timestamptz(6) not null,
  primary key (account_id, app_id)
);

-- The token an app was handed for a person, as the app's server keeps it: encrypted, and bound to both.
create table studio_connections (
  account_id uuid not null,
  app_id uuid not null references apps (id) on delete restrict on update cascade,
  sealed_token text not null,
  expires_at timestamptz(6) not null,
  primary key (account_id, app_id)
);
