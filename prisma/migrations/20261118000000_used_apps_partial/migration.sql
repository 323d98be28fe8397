-- Only for rows that name an app, and so only for questions about apps: a reader of many days would otherwise prefer this
-- smaller index to the one by day, and read the whole account.
drop index usage_days_account_id_app_id_idx;
create index usage_days_account_id_app_id_idx on usage_days (account_id, app_id)
  where app_id <> '00000000-0000-0000-0000-000000000000';
