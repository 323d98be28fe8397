-- Rows that are never deleted are not emptied away either: TRUNCATE fires no row or DELETE trigger of its own.
create trigger charges_never_emptied before truncate on charges for each statement execute function refuse_change();
create trigger refunds_never_emptied before truncate on refunds for each statement execute function refuse_change();
create trigger entries_never_emptied before truncate on entries for each statement execute function refuse_change();
create trigger idempotency_keys_never_emptied before truncate on idempotency_keys
  for each statement execute function refuse_change();
create trigger reward_transfers_never_emptied before truncate on reward_transfers
  for each statement execute function refuse_change();
