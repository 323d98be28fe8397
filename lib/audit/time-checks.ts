import { type Check, freePlanSql, TOLERANCE } from './check'

/** Order in time: every balance follows from the previous one, and nothing due can be missed (ledger rules 5 and 7). */
export const TIME_CHECKS: Check[] = [
  {
    rule: 'balance-chain',
    states:
      'each balance after a movement is the previous one plus the movement, and no two movements share an instant',
    sql: `
      with movement as (
        select account_id, at, balance_after, absorbed - base - premium as amount from charges
        union all select account_id, at, balance_after, amount from refunds
        union all select account_id, at, balance_after, amount from entries)
      select account_id::text as id, format('at %s: %s %s gives %s', at, before, amount, balance_after) as detail
      from (
        select m.*, lag(balance_after, 1, 0::bigint) over line as before, lag(at) over line as at_before
        from movement m window line as (partition by account_id order by at)) m
      where balance_after <> before + amount or at = at_before or balance_after < 0`,
  },
  {
    rule: 'balance-last',
    states:
      'the balance after an account’s newest movement equals the sum of its wallet’s available and held credits',
    sql: `
      select w.account_id::text as id, format('wallet %s, newest movement %s', w.available + w.held, m.balance_after) as detail
      from wallets w left join lateral (${newestMovement('w')}) m on true
      where w.available + w.held <> coalesce(m.balance_after, 0)`,
  },
  {
    rule: 'account-time',
    states:
      'no movement, return of money or change of plan is later than the newest movement recorded in its wallet',
    sql: `
      select w.account_id::text as id, format('wallet %s, movement %s', w.last_at, m.at) as detail
      from wallets w cross join lateral (${newestMovement('w')}) m
      where m.at > w.last_at
      union all
      select w.account_id::text, format('wallet %s, written down %s', w.last_at, n.at)
      from (select account_id, max(at) as at from money_back group by account_id
        union all select account_id, max(at) from plan_changes group by account_id) n join wallets w using (account_id)
      where n.at > w.last_at`,
  },
  {
    rule: 'next-due',
    states:
      'a wallet is due no later than its open holds, its grants with credits left or held, its plan, its next paid month and its month',
    sql: () => `
      with due as (
        select account_id, expires_at as at from holds where status = 'open'
        union all select account_id, expires_at from grants where remaining > 0
        -- A grant with only held credits counts while it is live; after that, freed credits expire immediately.
        union all select g.account_id, g.expires_at from grants g join wallets w on w.account_id = g.account_id, audit
          where g.held > 0 and g.expires_at > greatest(audit.now, w.last_at) + ${TOLERANCE}
        union all select account_id, plan_ends_at from wallets where plan <> ${freePlanSql()}
        union all select account_id, l.next_at from paid_lines l join wallets w using (account_id)
          where w.plan <> ${freePlanSql()} and l.next_at is not null
        union all select w.account_id, max(g.period_end) from wallets w
          join grants g on g.account_id = w.account_id and g.plan = ${freePlanSql()}
            where w.plan = ${freePlanSql()} group by w.account_id
        union all select w.account_id, max(g.period_end) from wallets w
          join grants g on g.account_id = w.account_id and g.plan is not null and g.stripe_line is null
            where w.platform_plan is not null group by w.account_id)
      select w.account_id::text as id, format('looked at %s, due %s', w.next_due_at, min(d.at)) as detail
      from wallets w join due d on d.account_id = w.account_id
      group by w.account_id, w.next_due_at having w.next_due_at > min(d.at)`,
  },
]

/** An account's newest movement, found by three index look-ups. */
function newestMovement(wallet: string): string {
  const newestOf = (table: string) =>
    `(select at, balance_after from ${table} t where t.account_id = ${wallet}.account_id order by at desc limit 1)`
  return `
    select at, balance_after from (
      ${['charges', 'refunds', 'entries'].map(newestOf).join(' union all ')}) newest order by at desc limit 1`
}
