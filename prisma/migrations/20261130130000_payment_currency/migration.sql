-- The currency of the money an action moved; null where it moved credits, and before currencies were recorded (dollars).
alter table operator_actions add column currency text;

-- The configuration is found at Stripe by its mark.
alter table stripe_account drop column portal_configuration;

-- "Settle" means to bring an account up to an instant: a notice is closed.
alter table billing_notices rename column settled_at to closed_at;
alter table billing_notices rename constraint billing_notices_settled_with_outcome to billing_notices_closed_with_outcome;
alter table operator_actions drop constraint operator_actions_kind_check,
  add constraint operator_actions_kind_check check (kind in ('grant', 'revoke', 'refund_charge', 'end_hold', 'settle_checkout',
    'refund_payment', 'apply_webhooks', 'accept_payment', 'close_notice'));
