-- Keys of media in steps: also in outputs as media processing has them. Those of jobs that are over are sealed.
drop index headwater.job_steps_clear_keys;
create index job_steps_clear_keys on headwater.job_steps (job_id) where
  input @? '$.**.hexKey ? (@.type() == "string")'
  or input @? '$.**.Encryption ? (@.type() == "string" || @.Key.type() == "string")';
