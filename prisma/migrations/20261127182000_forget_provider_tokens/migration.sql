-- Nothing is asked of a provider in anybody's name, so what it gave at sign-in need not be kept. The columns go with the
-- release after: processes of the one before still write them.
update oauth_accounts set access_token = null, refresh_token = null, id_token = null, session_state = null
where access_token is not null or refresh_token is not null or id_token is not null or session_state is not null;
