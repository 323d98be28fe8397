/**
 * The figures of an audit, one row each: row counts, and millicredits (names that end in `Amount`), as text of any
 * length.
 */
export const FIGURES = `
  select name, value from (select
    (select count(*) from wallets) as "accounts",
    (select count(*) from wallets where next_due_at <= $1::timestamptz) as "accountsWithSomethingDue",
    (select coalesce(sum(available), 0)::bigint from wallets) as "availableAmount",
    (select coalesce(sum(held), 0)::bigint from wallets) as "heldAmount",
    g.*, h.*, c.*, r.*,
    (select count(*) from entries) as "entries",
    (select count(*) from idempotency_keys) as "idempotencyKeys",
    (select count(*) from usage_days) as "usageDays",
    (select coalesce(sum(earned_paid + earned_free), 0)::bigint from reward_counters) as "rewardEarnedAmount",
    (select coalesce(sum(reversed - restored), 0)::bigint from reward_accounts) as "rewardReversedAmount",
    (select coalesce(sum(transferred), 0)::bigint from reward_accounts) as "rewardTransferredAmount"
  from
    (select count(*) as "grants", coalesce(sum(granted), 0)as "grantedAmount",
      coalesce(sum(used), 0)as "usedAmount", coalesce(sum(expired), 0)as "expiredAmount",
      coalesce(sum(revoked), 0)as "revokedAmount" from grants) g,
    (select count(*) as "holds", count(*) filter (where status = 'open') as "openHolds" from holds) h,
    (select count(*) as "charges", coalesce(sum(base + premium), 0)as "chargedAmount",
      coalesce(sum(absorbed), 0)as "absorbedAmount", coalesce(sum(reward), 0)as "rewardAmount"
      from charges) c,
    (select count(*) as "refunds", coalesce(sum(amount), 0)as "refundedAmount" from refunds) r) f,
    json_each_text(row_to_json(f)) figure (name, value)`
