-- Keys of HLS as they come from workers, which have no master key; a server seals them and finds them by these.
create index asset_files_clear_keys on headwater.asset_files (id) where data ? 'hexKey';
create index job_steps_clear_keys on headwater.job_steps (job_id) where input @? '$.**.hexKey';
