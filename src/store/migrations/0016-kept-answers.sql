create table headwater.kept_answers (
  id text primary key,
  request text not null,
  sealed_answer text,
  begun_at timestamptz not null default now()
);

create index kept_answers_begun_at on headwater.kept_answers (begun_at);
