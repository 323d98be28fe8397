-- The currency of the money an action moved; null where it moved credits, and before currencies were recorded (dollars).
alter table operator_actions add column currency text;

-- The configuration is found at Stripe by its mark.
alter table stripe_account drop column portal_configuration;
