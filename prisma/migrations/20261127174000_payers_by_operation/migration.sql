-- Who paid for an operation of an app is asked operation by operation: a rare one must be found beside those that millions use.
create index usage_days_app_id_operation_day_idx on usage_days (app_id, operation, day)
  where app_id <> '00000000-0000-0000-0000-000000000000';
drop index usage_days_app_id_day_idx;
