create table headwater.certificates (
  id text primary key,
  hosts text[] not null,
  cert text not null,
  sealed_key text not null,
  source text not null,
  added_at timestamptz not null,
  added_by text not null,
  renewing_until timestamptz,
  updated_at timestamptz not null default now()
);
