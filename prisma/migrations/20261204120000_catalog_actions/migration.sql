-- Staff who change the catalogue sign for it.
alter table operator_actions drop constraint operator_actions_kind_check,
  add constraint operator_actions_kind_check check (kind in ('grant', 'revoke', 'refund_charge', 'end_hold', 'settle_checkout',
    'refund_payment', 'apply_webhooks', 'accept_payment', 'close_notice', 'add_endpoint', 'change_endpoint', 'rotate_secret',
    'switch_on_endpoint', 'switch_off_endpoint', 'delete_endpoint', 'add_draft', 'save_draft', 'delete_draft', 'schedule_version',
    'withdraw_version'));
