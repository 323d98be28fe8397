-- The days before: apart from the column's own migration, whose lock must not last while charges are read.
update usage_days u set premium_unearned = x.unearned
from (
  select account_id, (at at time zone 'UTC')::date as day, operation, app_id, sum(premium - reward)::bigint as unearned
  from charges where absorbed > 0 and reward < premium group by 1, 2, 3, 4) x
where u.account_id = x.account_id and u.day = x.day and u.operation = x.operation and u.app_id = x.app_id;
