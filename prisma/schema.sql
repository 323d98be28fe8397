-- The schema as the migrations make it. Written by `npm run schema`; do not edit.

create table api_keys (
  id uuid not null,
  name text not null,
  prefix text not null,
  hash text not null,
  created_at timestamp(6) with time zone not null,
  last_used_at timestamp(6) with time zone,
  revoked_at timestamp(6) with time zone,
  constraint api_keys_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX api_keys_hash_key ON public.api_keys USING btree (hash);

create table app_budgets (
  account_id uuid not null,
  app_id uuid not null,
  monthly_limit bigint,
  paused boolean not null default false,
  used bigint not null default 0,
  period_start timestamp(6) with time zone not null,
  told_for timestamp(6) with time zone,
  constraint app_budgets_pkey PRIMARY KEY (account_id, app_id),
  constraint app_budgets_monthly_limit_check CHECK ((monthly_limit >= 0)),
  constraint app_budgets_used_check CHECK ((used >= 0))
) with (fillfactor=60);

create table app_consents (
  account_id uuid not null,
  app_id uuid not null,
  granted_at timestamp(6) with time zone not null,
  revoked_at timestamp(6) with time zone,
  constraint app_consents_pkey PRIMARY KEY (account_id, app_id)
);

create table app_names (
  name text not null,
  app_id uuid not null,
  constraint app_names_pkey PRIMARY KEY (name),
  constraint app_names_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps(id) ON UPDATE CASCADE ON DELETE RESTRICT
);
CREATE INDEX app_names_app_id_idx ON public.app_names USING btree (app_id);

create table app_tokens (
  hash text not null,
  account_id uuid not null,
  app_id uuid not null,
  created_at timestamp(6) with time zone not null,
  expires_at timestamp(6) with time zone not null,
  revoked_at timestamp(6) with time zone,
  code_hash text,
  constraint app_tokens_pkey PRIMARY KEY (hash),
  constraint app_tokens_short_lived CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '1 day'::interval))))
);
CREATE INDEX app_tokens_account_id_app_id_idx ON public.app_tokens USING btree (account_id, app_id);
CREATE INDEX app_tokens_expires_at_idx ON public.app_tokens USING btree (expires_at);

create table apps (
  id uuid not null,
  creator_id uuid not null,
  name text not null,
  slug text not null,
  external_id text,
  visibility text not null,
  origins text[] default '{}'::text[],
  created_at timestamp(6) with time zone not null,
  constraint apps_pkey PRIMARY KEY (id),
  constraint apps_visibility_check CHECK ((visibility = ANY (ARRAY['private'::text, 'unlisted'::text, 'public'::text]))),
  constraint apps_creator_id_fkey FOREIGN KEY (creator_id) REFERENCES users(id) ON UPDATE CASCADE ON DELETE RESTRICT
);
CREATE INDEX apps_creator_id_created_at_idx ON public.apps USING btree (creator_id, created_at);
CREATE UNIQUE INDEX apps_external_id_key ON public.apps USING btree (external_id);
CREATE UNIQUE INDEX apps_slug_key ON public.apps USING btree (slug);
CREATE TRIGGER apps_names AFTER INSERT OR UPDATE OF slug, external_id ON public.apps FOR EACH ROW EXECUTE FUNCTION name_app();

create table audit_runs (
  id uuid not null,
  at timestamp(6) with time zone not null,
  staff_email text not null,
  rules integer not null,
  milliseconds integer not null,
  drift jsonb not null,
  constraint audit_runs_pkey PRIMARY KEY (id),
  constraint audit_runs_milliseconds_check CHECK ((milliseconds >= 0)),
  constraint audit_runs_rules_check CHECK ((rules > 0))
);
CREATE INDEX audit_runs_at_idx ON public.audit_runs USING btree (at);

create table billing_notices (
  id text not null,
  kind text not null,
  account_id uuid,
  subject text not null,
  facts jsonb not null,
  noticed_at timestamp(6) with time zone not null,
  closed_at timestamp(6) with time zone,
  outcome text,
  constraint billing_notices_pkey PRIMARY KEY (id),
  constraint billing_notices_closed_with_outcome CHECK (((outcome IS NULL) = (closed_at IS NULL))),
  constraint billing_notices_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'seen'::text, 'over'::text])))
);
CREATE INDEX billing_notices_account_id_idx ON public.billing_notices USING btree (account_id, kind);
CREATE INDEX billing_notices_open_idx ON public.billing_notices USING btree (noticed_at) WHERE (closed_at IS NULL);

create table catalog_versions (
  version integer not null,
  state text not null,
  effective_from timestamp(6) with time zone,
  document jsonb not null,
  revision integer not null default 1,
  constraint catalog_versions_pkey PRIMARY KEY (version),
  constraint catalog_versions_effective_from_key UNIQUE (effective_from),
  constraint catalog_versions_start_check CHECK (
CASE state
    WHEN 'draft'::text THEN (effective_from IS NULL)
    ELSE ((effective_from IS NOT NULL) OR (version = 1))
END),
  constraint catalog_versions_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'scheduled'::text]))),
  constraint catalog_versions_version_check CHECK ((version > 0))
);

create table charges (
  account_id uuid not null,
  at timestamp(6) with time zone not null,
  id uuid not null,
  operation text not null,
  app_id uuid,
  creator_id uuid,
  usage jsonb not null,
  base bigint not null,
  premium bigint not null,
  absorbed bigint not null default 0,
  reward bigint not null default 0,
  reward_on_hold bigint not null default 0,
  price_version integer not null,
  premium_bps integer not null,
  grant_ids uuid[],
  grant_amounts bigint[],
  balance_after bigint not null,
  hold_id uuid,
  reference text,
  metadata jsonb,
  fingerprint text,
  run_id uuid,
  constraint charges_pkey PRIMARY KEY (account_id, at),
  constraint charges_absorbed_check CHECK ((absorbed >= 0)),
  constraint charges_absorbed_within_total CHECK ((absorbed <= (base + premium))),
  constraint charges_balance_after_check CHECK ((balance_after >= 0)),
  constraint charges_base_check CHECK ((base > 0)),
  constraint charges_check CHECK (((reward_on_hold >= 0) AND (reward_on_hold <= reward))),
  constraint charges_premium_bps_check CHECK (((premium_bps >= 0) AND (premium_bps <= 10000))),
  constraint charges_premium_check CHECK ((premium >= 0)),
  constraint charges_reward_check CHECK ((reward >= 0)),
  constraint charges_reward_within_premium CHECK ((reward <= premium))
);
CREATE INDEX charges_at_idx ON public.charges USING brin (at);
CREATE INDEX charges_reference_account_id_idx ON public.charges USING btree (reference, account_id) WHERE (reference IS NOT NULL);
CREATE INDEX charges_reward_on_hold_at_idx ON public.charges USING btree (at) WHERE (reward_on_hold > 0);
CREATE INDEX charges_run_id_account_id_idx ON public.charges USING btree (run_id, account_id) WHERE (run_id IS NOT NULL);
CREATE UNIQUE INDEX charges_hold_id_account_id_key ON public.charges USING btree (hold_id, account_id) WHERE (hold_id IS NOT NULL);
CREATE UNIQUE INDEX charges_id_account_id_key ON public.charges USING btree (id, account_id);
CREATE TRIGGER charges_append_only BEFORE DELETE OR UPDATE ON public.charges FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER charges_never_emptied BEFORE TRUNCATE ON public.charges FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table checkout_sessions (
  id text not null,
  account_id uuid not null,
  kind text not null,
  key text not null,
  credits bigint not null,
  amount bigint not null,
  currency text not null,
  quantity integer not null,
  expires_after_days integer,
  status text not null,
  return_to text,
  created_at timestamp(6) with time zone not null,
  settled_at timestamp(6) with time zone,
  due_at timestamp(6) with time zone,
  constraint checkout_sessions_pkey PRIMARY KEY (id),
  constraint checkout_sessions_amount_check CHECK ((amount >= 0)),
  constraint checkout_sessions_credits_check CHECK ((credits > 0)),
  constraint checkout_sessions_expires_after_days_check CHECK ((expires_after_days > 0)),
  constraint checkout_sessions_kind_check CHECK ((kind = ANY (ARRAY['plan'::text, 'pack'::text]))),
  constraint checkout_sessions_quantity_check CHECK ((quantity > 0)),
  constraint checkout_sessions_status_check CHECK ((status = ANY (ARRAY['open'::text, 'processing'::text, 'paid'::text, 'failed'::text, 'expired'::text, 'checking'::text])))
);
CREATE INDEX checkout_sessions_account_id_created_at_idx ON public.checkout_sessions USING btree (account_id, created_at);
CREATE INDEX checkout_sessions_due_at_idx ON public.checkout_sessions USING btree (due_at) WHERE (due_at IS NOT NULL);

create table connect_codes (
  hash text not null,
  account_id uuid not null,
  app_id uuid not null,
  return_to text not null,
  challenge text not null,
  created_at timestamp(6) with time zone not null,
  expires_at timestamp(6) with time zone not null,
  used_at timestamp(6) with time zone,
  constraint connect_codes_pkey PRIMARY KEY (hash)
);
CREATE INDEX connect_codes_expires_at_idx ON public.connect_codes USING btree (expires_at);

create table customers (
  account_id uuid not null,
  stripe_customer text not null,
  reads_started bigint not null default 0,
  read_applied bigint not null default 0,
  created_at timestamp(6) with time zone not null,
  told_email text,
  told_name text,
  details_due_at timestamp(6) with time zone,
  unknown_since timestamp(6) with time zone,
  constraint customers_pkey PRIMARY KEY (account_id),
  constraint customers_check CHECK ((read_applied <= reads_started))
);
CREATE INDEX customers_details_due_at_idx ON public.customers USING btree (details_due_at) WHERE (details_due_at IS NOT NULL);
CREATE UNIQUE INDEX customers_stripe_customer_key ON public.customers USING btree (stripe_customer);

create table entries (
  account_id uuid not null,
  at timestamp(6) with time zone not null,
  kind text not null,
  grant_id uuid not null,
  amount bigint not null,
  effective_at timestamp(6) with time zone not null,
  reason text,
  balance_after bigint not null,
  constraint entries_pkey PRIMARY KEY (account_id, at),
  constraint entries_balance_after_check CHECK ((balance_after >= 0)),
  constraint entries_check CHECK (((amount <> 0) AND ((amount > 0) = (kind = ANY (ARRAY['grant'::text, 'restore'::text]))))),
  constraint entries_kind_check CHECK ((kind = ANY (ARRAY['grant'::text, 'expire'::text, 'revoke'::text, 'restore'::text])))
);
CREATE INDEX entries_at_idx ON public.entries USING brin (at);
CREATE TRIGGER entries_append_only BEFORE DELETE OR UPDATE ON public.entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_never_emptied BEFORE TRUNCATE ON public.entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table event_relay (
  only_row boolean not null default true,
  last_seq bigint not null default 0,
  rewards_told_to date,
  constraint event_relay_pkey PRIMARY KEY (only_row),
  constraint event_relay_only_row_check CHECK (only_row)
);

create table events (
  seq bigint not null,
  id uuid not null,
  account_id uuid,
  type text not null,
  data jsonb not null,
  at timestamp(6) with time zone not null,
  constraint events_pkey PRIMARY KEY (seq),
  constraint events_id_key UNIQUE (id)
);
CREATE INDEX events_account_id_seq_idx ON public.events USING btree (account_id, seq);
CREATE INDEX events_type_seq_idx ON public.events USING btree (type, seq);

create table grants (
  account_id uuid not null,
  id uuid not null,
  source text not null,
  granted bigint not null,
  remaining bigint not null,
  held bigint not null default 0,
  used bigint not null default 0,
  expired bigint not null default 0,
  revoked bigint not null default 0,
  money_back bigint not null default 0,
  shortfall bigint not null default 0,
  expires_at timestamp(6) with time zone,
  plan text,
  period_start timestamp(6) with time zone,
  period_end timestamp(6) with time zone,
  paid_amount bigint,
  paid_tax bigint,
  paid_currency text,
  stripe_payment text,
  stripe_line text,
  reason text,
  created_at timestamp(6) with time zone not null,
  line_month integer not null default 0,
  constraint grants_pkey PRIMARY KEY (account_id, id),
  constraint grants_allowance_has_period CHECK (((source = 'allowance'::text) = ((plan IS NOT NULL) AND (period_start IS NOT NULL) AND (period_end IS NOT NULL)))),
  constraint grants_check CHECK (((money_back >= 0) AND (money_back <= granted))),
  constraint grants_check1 CHECK (((shortfall >= 0) AND (shortfall <= money_back))),
  constraint grants_conserve CHECK ((granted = ((((remaining + held) + used) + expired) + revoked))),
  constraint grants_expired_check CHECK ((expired >= 0)),
  constraint grants_granted_check CHECK ((granted > 0)),
  constraint grants_held_check CHECK ((held >= 0)),
  constraint grants_paid_amount_check CHECK ((paid_amount >= 0)),
  constraint grants_paid_has_currency CHECK (((paid_amount IS NULL) = (paid_currency IS NULL))),
  constraint grants_paid_tax_check CHECK ((paid_tax >= 0)),
  constraint grants_remaining_check CHECK ((remaining >= 0)),
  constraint grants_revoked_check CHECK ((revoked >= 0)),
  constraint grants_source_check CHECK ((source = ANY (ARRAY['allowance'::text, 'pack'::text, 'reward'::text, 'promo'::text]))),
  constraint grants_used_check CHECK ((used >= 0))
) with (fillfactor=60);
CREATE INDEX grants_id_idx ON public.grants USING btree (id);
CREATE INDEX grants_stripe_payment_idx ON public.grants USING btree (stripe_payment) WHERE (stripe_payment IS NOT NULL);
CREATE UNIQUE INDEX grants_account_id_plan_period_start_key ON public.grants USING btree (account_id, plan, period_start);
CREATE UNIQUE INDEX grants_stripe_line_account_id_line_month_key ON public.grants USING btree (stripe_line, account_id, line_month) WHERE (stripe_line IS NOT NULL);

create table holds (
  account_id uuid not null,
  id uuid not null,
  operation text not null,
  app_id uuid,
  usage jsonb not null,
  amount bigint not null,
  limit_amount bigint,
  status text not null,
  price_version integer not null,
  premium_bps integer not null,
  grant_ids uuid[],
  grant_amounts bigint[],
  reference text,
  metadata jsonb,
  fingerprint text,
  expires_at timestamp(6) with time zone not null,
  created_at timestamp(6) with time zone not null,
  closed_at timestamp(6) with time zone,
  run_id uuid,
  constraint holds_pkey PRIMARY KEY (account_id, id),
  constraint holds_amount_check CHECK ((amount > 0)),
  constraint holds_closed_when_not_open CHECK (((status = 'open'::text) = (closed_at IS NULL))),
  constraint holds_limit_amount_check CHECK ((limit_amount > 0)),
  constraint holds_premium_bps_check CHECK (((premium_bps >= 0) AND (premium_bps <= 10000))),
  constraint holds_status_check CHECK ((status = ANY (ARRAY['open'::text, 'captured'::text, 'released'::text, 'expired'::text]))),
  constraint holds_within_limit CHECK (((limit_amount IS NULL) OR (amount <= limit_amount)))
) with (fillfactor=80);
CREATE INDEX holds_account_id_created_at_id_idx ON public.holds USING btree (account_id, created_at, id) WHERE (status = ANY (ARRAY['released'::text, 'expired'::text]));
CREATE INDEX holds_account_id_expires_at_idx ON public.holds USING btree (account_id, expires_at) WHERE (status = 'open'::text);
CREATE INDEX holds_expires_at_idx ON public.holds USING btree (expires_at) WHERE (status = 'open'::text);
CREATE INDEX holds_id_idx ON public.holds USING btree (id);
CREATE INDEX holds_reference_idx ON public.holds USING btree (reference) WHERE (reference IS NOT NULL);

create table idempotency_keys (
  account_id uuid not null,
  key text not null,
  fingerprint uuid not null,
  kind text not null,
  object_id uuid not null,
  result jsonb,
  constraint idempotency_keys_pkey PRIMARY KEY (account_id, key)
);
CREATE TRIGGER idempotency_keys_append_only BEFORE DELETE OR UPDATE ON public.idempotency_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER idempotency_keys_never_emptied BEFORE TRUNCATE ON public.idempotency_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table money_back (
  account_id uuid not null,
  at timestamp(6) with time zone not null,
  id uuid not null,
  grant_id uuid not null,
  money bigint not null,
  credits bigint not null,
  revoked bigint not null,
  shortfall bigint not null,
  constraint money_back_pkey PRIMARY KEY (account_id, at, id)
);
CREATE INDEX money_back_at_idx ON public.money_back USING brin (at);
CREATE TRIGGER money_back_append_only BEFORE DELETE OR UPDATE ON public.money_back FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER money_back_never_emptied BEFORE TRUNCATE ON public.money_back FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table oauth_accounts (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  type text not null,
  provider text not null,
  provider_account_id text not null,
  refresh_token text,
  access_token text,
  expires_at integer,
  token_type text,
  scope text,
  id_token text,
  session_state text,
  constraint oauth_accounts_pkey PRIMARY KEY (id),
  constraint oauth_accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX oauth_accounts_user_id_idx ON public.oauth_accounts USING btree (user_id);
CREATE UNIQUE INDEX oauth_accounts_provider_provider_account_id_key ON public.oauth_accounts USING btree (provider, provider_account_id);

create table operator_actions (
  id uuid not null,
  account_id uuid,
  at timestamp(6) with time zone not null,
  staff_id uuid not null,
  staff_email text not null,
  kind text not null,
  subject text not null,
  reason text not null,
  amount bigint,
  key text not null,
  fingerprint uuid not null,
  outcome text,
  detail text,
  finished_at timestamp(6) with time zone,
  currency text,
  constraint operator_actions_pkey PRIMARY KEY (id),
  constraint operator_actions_finished_with_outcome CHECK (((outcome IS NULL) = (finished_at IS NULL))),
  constraint operator_actions_kind_check CHECK ((kind = ANY (ARRAY['grant'::text, 'revoke'::text, 'refund_charge'::text, 'end_hold'::text, 'settle_checkout'::text, 'refund_payment'::text, 'apply_webhooks'::text, 'accept_payment'::text, 'close_notice'::text, 'add_endpoint'::text, 'change_endpoint'::text, 'rotate_secret'::text, 'switch_on_endpoint'::text, 'switch_off_endpoint'::text, 'delete_endpoint'::text, 'add_draft'::text, 'save_draft'::text, 'delete_draft'::text, 'schedule_version'::text, 'withdraw_version'::text]))),
  constraint operator_actions_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'refused'::text]))),
  constraint operator_actions_reason_check CHECK ((reason <> ''::text))
);
CREATE INDEX operator_actions_account_id_at_id_idx ON public.operator_actions USING btree (account_id, at, id);
CREATE INDEX operator_actions_subject_at_idx ON public.operator_actions USING btree (subject, at);
CREATE UNIQUE INDEX operator_actions_key_key ON public.operator_actions USING btree (key);
CREATE TRIGGER operator_actions_append_only BEFORE DELETE OR TRUNCATE ON public.operator_actions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER operator_actions_finish_once BEFORE UPDATE ON public.operator_actions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();

create table outbox (
  place bigint not null,
  account_id uuid,
  id uuid not null,
  type text not null,
  data jsonb not null,
  at timestamp(6) with time zone not null,
  written_at timestamp(6) with time zone not null default clock_timestamp(),
  constraint outbox_pkey PRIMARY KEY (place)
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000);

create table paid_lines (
  account_id uuid not null,
  stripe_line text not null,
  plan text not null,
  credits bigint not null,
  period_start timestamp(6) with time zone not null,
  period_end timestamp(6) with time zone not null,
  months integer not null,
  begun integer not null,
  next_at timestamp(6) with time zone,
  paid_amount bigint not null,
  paid_tax bigint not null,
  paid_currency text not null,
  stripe_payment text,
  returned bigint not null default 0,
  constraint paid_lines_pkey PRIMARY KEY (account_id, stripe_line),
  constraint paid_lines_check CHECK ((period_end > period_start)),
  constraint paid_lines_check1 CHECK (((begun >= 1) AND (begun <= months))),
  constraint paid_lines_check2 CHECK (((returned >= 0) AND (returned <= paid_amount))),
  constraint paid_lines_check3 CHECK (((next_at IS NULL) OR (begun < months))),
  constraint paid_lines_credits_check CHECK ((credits > 0)),
  constraint paid_lines_months_check CHECK ((months > 0)),
  constraint paid_lines_paid_amount_check CHECK ((paid_amount >= 0)),
  constraint paid_lines_paid_tax_check CHECK ((paid_tax >= 0))
);
CREATE INDEX paid_lines_stripe_payment_idx ON public.paid_lines USING btree (stripe_payment) WHERE (stripe_payment IS NOT NULL);

create table plan_changes (
  account_id uuid not null,
  at timestamp(6) with time zone not null,
  id uuid not null,
  plan_before text,
  plan text not null,
  constraint plan_changes_pkey PRIMARY KEY (account_id, at, id),
  constraint plan_changes_change CHECK ((plan_before IS DISTINCT FROM plan))
);
CREATE TRIGGER plan_changes_append_only BEFORE DELETE OR UPDATE ON public.plan_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_changes_never_emptied BEFORE TRUNCATE ON public.plan_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table planned_events (
  type text not null,
  subject text not null,
  account_id uuid,
  data jsonb not null,
  due_at timestamp(6) with time zone not null,
  constraint planned_events_pkey PRIMARY KEY (type, subject)
);
CREATE INDEX planned_events_due_at_idx ON public.planned_events USING btree (due_at);

create table portal_links (
  hash text not null,
  user_id uuid not null,
  page text not null,
  return_to text,
  created_at timestamp(6) with time zone not null,
  expires_at timestamp(6) with time zone not null,
  used_at timestamp(6) with time zone,
  constraint portal_links_pkey PRIMARY KEY (hash)
);
CREATE INDEX portal_links_expires_at_idx ON public.portal_links USING btree (expires_at);

create table price_versions (
  version integer not null,
  effective_from timestamp(6) with time zone,
  terms jsonb not null,
  constraint price_versions_pkey PRIMARY KEY (version),
  constraint price_versions_version_check CHECK ((version > 0))
);

create unlogged table rate_limits (
  key character varying(255) not null,
  points integer not null default 0,
  expire bigint,
  constraint rate_limits_pkey PRIMARY KEY (key)
) with (fillfactor=50);

create table refunds (
  account_id uuid not null,
  at timestamp(6) with time zone not null,
  id uuid not null,
  charge_id uuid not null,
  amount bigint not null,
  reason text not null,
  reward_reversed bigint not null default 0,
  grant_ids uuid[],
  grant_amounts bigint[],
  balance_after bigint not null,
  constraint refunds_pkey PRIMARY KEY (account_id, at),
  constraint refunds_amount_check CHECK ((amount > 0)),
  constraint refunds_balance_after_check CHECK ((balance_after >= 0)),
  constraint refunds_reward_reversed_check CHECK ((reward_reversed >= 0))
);
CREATE INDEX refunds_account_id_charge_id_idx ON public.refunds USING btree (account_id, charge_id);
CREATE INDEX refunds_at_idx ON public.refunds USING brin (at);
CREATE UNIQUE INDEX refunds_id_account_id_key ON public.refunds USING btree (id, account_id);
CREATE TRIGGER refunds_append_only BEFORE DELETE OR UPDATE ON public.refunds FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refunds_never_emptied BEFORE TRUNCATE ON public.refunds FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table reward_accounts (
  creator_id uuid not null,
  reversed bigint not null default 0,
  reversed_paid bigint not null default 0,
  reversed_on_hold bigint not null default 0,
  transferred bigint not null default 0,
  transferred_paid bigint not null default 0,
  restored bigint not null default 0,
  constraint reward_accounts_pkey PRIMARY KEY (creator_id),
  constraint reward_accounts_check CHECK (((transferred_paid >= 0) AND (transferred_paid <= transferred))),
  constraint reward_accounts_restored_check CHECK (((restored >= 0) AND (restored <= reversed_paid))),
  constraint reward_accounts_reversed_check CHECK ((reversed >= 0)),
  constraint reward_accounts_reversed_on_hold_check CHECK ((reversed_on_hold >= 0)),
  constraint reward_accounts_reversed_paid_check CHECK ((reversed_paid >= 0)),
  constraint reward_accounts_transferred_check CHECK ((transferred >= 0))
);
CREATE TRIGGER reward_accounts_grow BEFORE UPDATE ON public.reward_accounts FOR EACH ROW EXECUTE FUNCTION reward_accounts_grow();

create table reward_counters (
  creator_id uuid not null,
  slot smallint not null,
  earned_paid bigint not null default 0,
  earned_free bigint not null default 0,
  on_hold bigint not null default 0,
  home uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  constraint reward_counters_pkey PRIMARY KEY (creator_id, slot, home),
  constraint reward_counters_earned_free_check CHECK ((earned_free >= 0)),
  constraint reward_counters_earned_paid_check CHECK ((earned_paid >= 0)),
  constraint reward_counters_on_hold_check CHECK ((on_hold >= 0))
) with (fillfactor=50);

create table reward_days (
  creator_id uuid not null,
  day date not null,
  app_id uuid not null,
  operation text not null,
  slot smallint not null,
  uses bigint not null,
  paid bigint not null,
  earned bigint not null,
  on_hold bigint not null default 0,
  reversed bigint not null default 0,
  reversed_on_hold bigint not null default 0,
  home uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  constraint reward_days_pkey PRIMARY KEY (creator_id, day, app_id, operation, slot, home),
  constraint reward_days_earned_check CHECK ((earned >= 0)),
  constraint reward_days_on_hold_check CHECK ((on_hold >= 0)),
  constraint reward_days_paid_check CHECK ((paid >= 0)),
  constraint reward_days_reversed_check CHECK ((reversed >= 0)),
  constraint reward_days_reversed_on_hold_check CHECK ((reversed_on_hold >= 0)),
  constraint reward_days_uses_check CHECK ((uses >= 0))
) with (fillfactor=50);
CREATE INDEX reward_days_day_idx ON public.reward_days USING btree (day) WHERE (on_hold > 0);

create table reward_takebacks (
  account_id uuid not null,
  at timestamp(6) with time zone not null,
  id uuid not null,
  grant_id uuid not null,
  creator_id uuid not null,
  app_id uuid not null,
  day date not null,
  operation text not null,
  amount bigint not null,
  constraint reward_takebacks_pkey PRIMARY KEY (account_id, at, id),
  constraint reward_takebacks_amount_check CHECK ((amount <> 0))
);
CREATE INDEX reward_takebacks_at_idx ON public.reward_takebacks USING brin (at);
CREATE TRIGGER reward_takebacks_append_only BEFORE DELETE OR UPDATE ON public.reward_takebacks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reward_takebacks_never_emptied BEFORE TRUNCATE ON public.reward_takebacks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table reward_transfers (
  creator_id uuid not null,
  id uuid not null,
  amount bigint not null,
  funded_paid bigint not null,
  balance_after bigint not null,
  created_at timestamp(6) with time zone not null,
  constraint reward_transfers_pkey PRIMARY KEY (creator_id, id),
  constraint reward_transfers_amount_check CHECK ((amount > 0)),
  constraint reward_transfers_balance_after_check CHECK ((balance_after >= 0)),
  constraint reward_transfers_check CHECK (((funded_paid >= 0) AND (funded_paid <= amount)))
);
CREATE INDEX reward_transfers_id_idx ON public.reward_transfers USING btree (id);
CREATE TRIGGER reward_transfers_append_only BEFORE DELETE OR UPDATE ON public.reward_transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reward_transfers_never_emptied BEFORE TRUNCATE ON public.reward_transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table runs (
  account_id uuid not null,
  id uuid not null,
  app_id uuid,
  cap bigint not null,
  label text,
  charges bigint not null default 0,
  spent bigint not null default 0,
  created_at timestamp(6) with time zone not null,
  closes_at timestamp(6) with time zone not null,
  told_cap bigint,
  constraint runs_pkey PRIMARY KEY (account_id, id),
  constraint runs_cap_check CHECK ((cap > 0)),
  constraint runs_charges_check CHECK ((charges >= 0)),
  constraint runs_spent_check CHECK (((spent >= 0) AND (spent <= cap)))
) with (fillfactor=60);
CREATE INDEX runs_id_idx ON public.runs USING btree (id);

create table sessions (
  id uuid not null default gen_random_uuid(),
  session_token text not null,
  user_id uuid not null,
  expires timestamp(6) with time zone not null,
  constraint sessions_pkey PRIMARY KEY (id),
  constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX sessions_user_id_idx ON public.sessions USING btree (user_id);
CREATE UNIQUE INDEX sessions_session_token_key ON public.sessions USING btree (session_token);

create table spending_limits (
  account_id uuid not null,
  scope text not null,
  app_id uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  day_limit bigint,
  week_limit bigint,
  month_limit bigint,
  day date not null,
  day_used bigint not null,
  week date not null,
  week_used bigint not null,
  month_start timestamp(6) with time zone not null,
  month_used bigint not null,
  day_told timestamp(6) with time zone,
  week_told timestamp(6) with time zone,
  month_told timestamp(6) with time zone,
  constraint spending_limits_pkey PRIMARY KEY (account_id, scope, app_id),
  constraint spending_limits_any_check CHECK ((COALESCE(day_limit, week_limit, month_limit) IS NOT NULL)),
  constraint spending_limits_app_check CHECK (((scope = 'app'::text) = (app_id <> '00000000-0000-0000-0000-000000000000'::uuid))),
  constraint spending_limits_limit_check CHECK (((day_limit >= 0) AND (week_limit >= 0) AND (month_limit >= 0))),
  constraint spending_limits_scope_check CHECK ((scope = ANY (ARRAY['account'::text, 'editor'::text, 'app'::text]))),
  constraint spending_limits_used_check CHECK (((day_used >= 0) AND (week_used >= 0) AND (month_used >= 0)))
) with (fillfactor=60);

create table stripe_account (
  only_row boolean not null default true,
  account text not null,
  livemode boolean not null,
  noted_at timestamp(6) with time zone not null,
  constraint stripe_account_pkey PRIMARY KEY (only_row),
  constraint stripe_account_only_row_check CHECK (only_row)
);

create table stripe_sweeps (
  kind text not null,
  due_at timestamp(6) with time zone not null,
  read_to timestamp(6) with time zone,
  constraint stripe_sweeps_pkey PRIMARY KEY (kind),
  constraint stripe_sweeps_kind_check CHECK ((kind = ANY (ARRAY['events'::text, 'subscriptions'::text])))
);

create table studio_connections (
  account_id uuid not null,
  app_id uuid not null,
  sealed_token text not null,
  expires_at timestamp(6) with time zone not null,
  constraint studio_connections_pkey PRIMARY KEY (account_id, app_id),
  constraint studio_connections_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps(id) ON UPDATE CASCADE ON DELETE RESTRICT
);

create table studio_dues (
  hold_id text not null,
  account_id uuid not null,
  action_id uuid not null,
  usage jsonb not null,
  capture_key text not null,
  created_at timestamp(6) with time zone not null,
  constraint studio_dues_pkey PRIMARY KEY (hold_id)
);
CREATE INDEX studio_dues_account_id_idx ON public.studio_dues USING btree (account_id);

create table studio_items (
  id uuid not null,
  account_id uuid not null,
  app_id uuid not null,
  kind text not null,
  title text not null,
  body text not null,
  media_type text,
  media bytea,
  action_id uuid,
  charge_id uuid,
  total bigint,
  created_at timestamp(6) with time zone not null,
  updated_at timestamp(6) with time zone not null,
  constraint studio_items_pkey PRIMARY KEY (id),
  constraint studio_items_kind_check CHECK ((kind = ANY (ARRAY['text'::text, 'image'::text, 'speech'::text, 'video'::text]))),
  constraint studio_items_media_has_type CHECK (((media IS NULL) = (media_type IS NULL))),
  constraint studio_items_total_check CHECK ((total >= 0)),
  constraint studio_items_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps(id) ON UPDATE CASCADE ON DELETE RESTRICT
);
CREATE INDEX studio_items_account_id_app_id_created_at_idx ON public.studio_items USING btree (account_id, app_id, created_at);
CREATE UNIQUE INDEX studio_items_account_id_app_id_action_id_key ON public.studio_items USING btree (account_id, app_id, action_id);

create table studio_messages (
  id uuid not null,
  project_id uuid not null,
  role text not null,
  action_id uuid not null,
  body text not null,
  charge_id uuid,
  total bigint,
  created_at timestamp(6) with time zone not null,
  constraint studio_messages_pkey PRIMARY KEY (id),
  constraint studio_messages_role_check CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text]))),
  constraint studio_messages_total_check CHECK ((total >= 0)),
  constraint studio_messages_project_id_fkey FOREIGN KEY (project_id) REFERENCES studio_projects(id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE UNIQUE INDEX studio_messages_project_id_action_id_role_key ON public.studio_messages USING btree (project_id, action_id, role);

create table studio_projects (
  id uuid not null,
  owner_id uuid not null,
  app_id uuid,
  draft jsonb,
  published jsonb,
  created_at timestamp(6) with time zone not null,
  updated_at timestamp(6) with time zone not null,
  constraint studio_projects_pkey PRIMARY KEY (id),
  constraint studio_projects_published_has_app CHECK (((app_id IS NULL) = (published IS NULL))),
  constraint studio_projects_published_has_draft CHECK (((published IS NULL) OR (draft IS NOT NULL))),
  constraint studio_projects_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps(id) ON UPDATE CASCADE ON DELETE RESTRICT,
  constraint studio_projects_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id) ON UPDATE CASCADE ON DELETE RESTRICT
);
CREATE INDEX studio_projects_owner_id_updated_at_idx ON public.studio_projects USING btree (owner_id, updated_at);
CREATE UNIQUE INDEX studio_projects_app_id_key ON public.studio_projects USING btree (app_id);

create table studio_visits (
  account_id uuid not null,
  app_id uuid not null,
  opened_at timestamp(6) with time zone not null,
  constraint studio_visits_pkey PRIMARY KEY (account_id, app_id),
  constraint studio_visits_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps(id) ON UPDATE CASCADE ON DELETE RESTRICT
);

create table subscriptions (
  account_id uuid not null,
  stripe_subscription text not null,
  status text not null,
  period_start timestamp(6) with time zone not null,
  period_end timestamp(6) with time zone not null,
  cancel_at_period_end boolean not null,
  ends_at timestamp(6) with time zone,
  past_due boolean not null,
  paid boolean not null,
  next_attempt_at timestamp(6) with time zone,
  open_invoice_url text,
  last_read_at timestamp(6) with time zone not null,
  plan text not null,
  paid_until timestamp(6) with time zone,
  renewal text not null default 'paid'::text,
  renews_by timestamp(6) with time zone,
  collection_paused boolean not null default false,
  resumes_at timestamp(6) with time zone,
  checking boolean not null default false,
  unknown_since timestamp(6) with time zone,
  due_at timestamp(6) with time zone,
  version integer,
  next_plan text,
  next_at timestamp(6) with time zone,
  pending_plan text,
  pending_url text,
  currency text,
  constraint subscriptions_pkey PRIMARY KEY (account_id),
  constraint subscriptions_renewal_check CHECK ((renewal = ANY (ARRAY['paid'::text, 'draft'::text, 'processing'::text, 'open'::text, 'none'::text])))
);
CREATE INDEX subscriptions_due_at_idx ON public.subscriptions USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE UNIQUE INDEX subscriptions_stripe_subscription_key ON public.subscriptions USING btree (stripe_subscription);

create table test_clock (
  id boolean not null default true,
  offset_ms bigint not null,
  constraint test_clock_pkey PRIMARY KEY (id),
  constraint test_clock_id_check CHECK (id),
  constraint test_clock_offset_ms_check CHECK ((offset_ms >= 0))
);

create table trials (
  account_id uuid not null,
  stripe_subscription text not null,
  card text,
  credits bigint not null,
  refused boolean not null,
  created_at timestamp(6) with time zone not null,
  constraint trials_pkey PRIMARY KEY (account_id),
  constraint trials_card_key UNIQUE (card),
  constraint trials_check CHECK (((NOT refused) OR ((card IS NULL) AND (credits = 0)))),
  constraint trials_credits_check CHECK ((credits >= 0)),
  constraint trials_stripe_subscription_key UNIQUE (stripe_subscription)
);

create table usage_days (
  account_id uuid not null,
  day date not null,
  operation text not null,
  app_id uuid not null,
  charges bigint not null,
  base bigint not null,
  premium bigint not null,
  paid bigint not null,
  refunded bigint not null default 0,
  premium_unearned bigint default 0,
  constraint usage_days_pkey PRIMARY KEY (account_id, day, operation, app_id),
  constraint usage_days_base_check CHECK ((base >= 0)),
  constraint usage_days_charges_check CHECK ((charges > 0)),
  constraint usage_days_paid_check CHECK ((paid >= 0)),
  constraint usage_days_premium_check CHECK ((premium >= 0)),
  constraint usage_days_refunded_check CHECK ((refunded >= 0)),
  constraint usage_days_refunded_within_paid CHECK ((refunded <= paid)),
  constraint usage_days_unearned_within_premium CHECK (((premium_unearned >= 0) AND (premium_unearned <= premium))) NOT VALID
) with (fillfactor=60);
CREATE INDEX usage_days_account_id_app_id_idx ON public.usage_days USING btree (account_id, app_id) WHERE (app_id <> '00000000-0000-0000-0000-000000000000'::uuid);
CREATE INDEX usage_days_app_id_operation_day_idx ON public.usage_days USING btree (app_id, operation, day) WHERE (app_id <> '00000000-0000-0000-0000-000000000000'::uuid);

create table users (
  id uuid not null,
  external_id text,
  email text not null,
  name text,
  email_verified timestamp(6) with time zone,
  image text,
  created_at timestamp(6) with time zone not null,
  constraint users_pkey PRIMARY KEY (id),
  constraint users_email_check CHECK ((email = lower(email))),
  constraint users_email_key UNIQUE (email),
  constraint users_external_id_check CHECK (((external_id <> ''::text) AND (external_id !~~ 'usr\_%'::text))),
  constraint users_external_id_key UNIQUE (external_id)
);
CREATE INDEX users_folded_name_idx ON public.users USING btree (fold_text(name) text_pattern_ops);
CREATE INDEX users_people_text_idx ON public.users USING gin (text_grams(people_text(email, name, external_id)));

create table verification_tokens (
  identifier text not null,
  token text not null,
  expires timestamp(6) with time zone not null
);
CREATE UNIQUE INDEX verification_tokens_identifier_token_key ON public.verification_tokens USING btree (identifier, token);
CREATE UNIQUE INDEX verification_tokens_token_key ON public.verification_tokens USING btree (token);

create table wallets (
  account_id uuid not null,
  plan text not null,
  anchor_day date not null,
  plan_ends_at timestamp(6) with time zone,
  available bigint not null default 0,
  held bigint not null default 0,
  next_due_at timestamp(6) with time zone not null,
  last_at timestamp(6) with time zone not null,
  tiers text[] not null,
  plan_renews_at timestamp(6) with time zone,
  tell_below bigint not null default 0,
  told_lines text[] not null default '{}'::text[],
  platform_plan text,
  constraint wallets_pkey PRIMARY KEY (account_id),
  constraint wallets_available_check CHECK ((available >= 0)),
  constraint wallets_held_check CHECK ((held >= 0))
) with (fillfactor=60);

create table webhook_attempts (
  id bigint not null,
  endpoint_id uuid not null,
  seq bigint not null,
  at timestamp(6) with time zone not null,
  status integer,
  problem text,
  milliseconds integer not null,
  constraint webhook_attempts_pkey PRIMARY KEY (id),
  constraint webhook_attempts_delivery_fkey FOREIGN KEY (endpoint_id, seq) REFERENCES webhook_deliveries(endpoint_id, seq) ON DELETE CASCADE
);
CREATE INDEX webhook_attempts_endpoint_id_seq_idx ON public.webhook_attempts USING btree (endpoint_id, seq);

create table webhook_deliveries (
  endpoint_id uuid not null,
  seq bigint not null,
  state text not null,
  attempts integer not null default 0,
  next_attempt_at timestamp(6) with time zone,
  constraint webhook_deliveries_pkey PRIMARY KEY (endpoint_id, seq),
  constraint webhook_deliveries_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'failed'::text]))),
  constraint webhook_deliveries_waiting_check CHECK (((state = 'waiting'::text) = (next_attempt_at IS NOT NULL))),
  constraint webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id) ON DELETE CASCADE,
  constraint webhook_deliveries_seq_fkey FOREIGN KEY (seq) REFERENCES events(seq) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_endpoint_id_next_attempt_at_idx ON public.webhook_deliveries USING btree (endpoint_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL);
CREATE INDEX webhook_deliveries_seq_idx ON public.webhook_deliveries USING btree (seq);

create table webhook_endpoints (
  id uuid not null,
  url text not null,
  types text[],
  secret text not null,
  old_secret text,
  old_secret_until timestamp(6) with time zone,
  off_at timestamp(6) with time zone,
  off_reason text,
  failing_since timestamp(6) with time zone,
  created_at timestamp(6) with time zone not null,
  constraint webhook_endpoints_pkey PRIMARY KEY (id),
  constraint webhook_endpoints_off_check CHECK (((off_at IS NULL) = (off_reason IS NULL))),
  constraint webhook_endpoints_off_reason_check CHECK ((off_reason = ANY (ARRAY['staff'::text, 'failing'::text]))),
  constraint webhook_endpoints_old_secret_check CHECK (((old_secret IS NULL) = (old_secret_until IS NULL)))
);

create table webhook_events (
  id text not null,
  type text not null,
  object_id text not null,
  customer text,
  payment_intent text,
  received_at timestamp(6) with time zone not null,
  applied_at timestamp(6) with time zone,
  attempts integer not null default 0,
  next_attempt_at timestamp(6) with time zone not null,
  last_error text,
  constraint webhook_events_pkey PRIMARY KEY (id)
);
CREATE INDEX webhook_events_next_attempt_at_idx ON public.webhook_events USING btree (next_attempt_at) WHERE (applied_at IS NULL);

CREATE OR REPLACE FUNCTION public.name_app()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (new.slug, new.external_id) is not distinct from (old.slug, old.external_id) then
    return null;
  end if;
  delete from app_names where app_id = new.id and name <> new.slug and name is distinct from new.external_id;
  insert into app_names as n (name, app_id) values (new.slug, new.id)
  on conflict (name) do update set app_id = excluded.app_id where n.app_id = excluded.app_id;
  if not found then
    raise unique_violation using constraint = 'apps_slug_key', message = 'the slug is a name of another app';
  end if;
  if new.external_id is not null then
    insert into app_names as n (name, app_id) values (new.external_id, new.id)
    on conflict (name) do update set app_id = excluded.app_id where n.app_id = excluded.app_id;
    if not found then
      raise unique_violation using constraint = 'apps_external_id_key', message = 'the external id is a name of another app';
    end if;
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'rows of % are never updated or deleted', tg_table_name using errcode = 'integrity_constraint_violation';
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_rewriting()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.outcome is null and (to_jsonb(new) - 'outcome' - 'detail' - 'finished_at')
    = (to_jsonb(old) - 'outcome' - 'detail' - 'finished_at') then
    return new;
  end if;
  raise exception 'an operator action is never rewritten' using errcode = 'integrity_constraint_violation';
end $function$;

CREATE OR REPLACE FUNCTION public.reward_accounts_grow()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (new.reversed, new.reversed_paid, new.reversed_on_hold, new.restored, new.transferred, new.transferred_paid) <> (
      greatest(new.reversed, old.reversed), greatest(new.reversed_paid, old.reversed_paid),
      greatest(new.reversed_on_hold, old.reversed_on_hold), greatest(new.restored, old.restored),
      greatest(new.transferred, old.transferred), greatest(new.transferred_paid, old.transferred_paid)) then
    raise exception 'counters of rewards only grow' using errcode = 'check_violation';
  end if;
  return new;
end $function$;
