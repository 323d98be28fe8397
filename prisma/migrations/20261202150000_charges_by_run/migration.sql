create index concurrently if not exists charges_run_id_account_id_idx on charges (run_id, account_id) where run_id is not null;
