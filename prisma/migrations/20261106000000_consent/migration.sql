-- Consent: whom a user lets spend their credits. Of tokens and codes only the SHA-256 is kept.

create table app_consents (
  account_id uuid not null,
  app_id uuid not null,
  granted_at timestamptz(6) not null,
  revoked_at timestamptz(6),
  primary key (account_id, app_id)
);

create table app_tokens (
  hash text primary key,
  account_id uuid not null,
  app_id uuid not null,
  created_at timestamptz(6) not null,
  expires_at timestamptz(6) not null,
  revoked_at timestamptz(6),
  -- The code it was exchanged for; null when none was.
  code_hash text,
  constraint app_tokens_short_lived check (expires_at > created_at and expires_at <= created_at + interval '1 day')
);
create index app_tokens_account_id_app_id_idx on app_tokens (account_id, app_id);
create index app_tokens_expires_at_idx on app_tokens (expires_at);

create table connect_codes (
  hash text primary key,
  account_id uuid not null,
  app_id uuid not null,
  return_to text not null,
  -- base64url(SHA-256(verifier)), RFC 7636.
  challenge text not null,
  created_at timestamptz(6) not null,
  expires_at timestamptz(6) not null,
  used_at timestamptz(6)
);
create index connect_codes_expires_at_idx on connect_codes (expires_at);
