-- Which apps an account has ever used is asked by every page that names or filters by app. Along this index it costs the
-- apps; without it, every day of the account. Updates of a day's row leave it alone, so that they stay inside their page.
create index usage_days_account_id_app_id_idx on usage_days (account_id, app_id);
