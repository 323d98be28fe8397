import { type Check, NO_APP } from './check'

/** Every key takes effect once, and no reference dangles (ledger rule 3). The ledger has no foreign keys. */
export const REFERENCE_CHECKS: Check[] = [
  {
    rule: 'capture-once',
    states: 'a captured hold has one charge of its account, and a charge names only a captured hold',
    sql: `
      select coalesce(h.id, c.hold_id)::text as id,
        format('hold %s, %s charges', coalesce(h.status, 'missing'), coalesce(c.times, 0)) as detail
      from holds h full join (
        select hold_id, account_id, count(*) as times from charges where hold_id is not null group by hold_id, account_id) c
        on c.hold_id = h.id and c.account_id = h.account_id
      where coalesce(c.times, 0) <> case when h.status = 'captured' then 1 else 0 end`,
  },
  {
    rule: 'key-object',
    states: 'every idempotency key names an object of its kind and account',
    sql: `
      select k.object_id::text as id, format('%s of key %s', k.kind, k.key) as detail
      from idempotency_keys k
      where not case k.kind
        when 'charge' then exists (select 1 from charges o where o.id = k.object_id and o.account_id = k.account_id)
        when 'hold' then exists (select 1 from holds o where o.id = k.object_id and o.account_id = k.account_id)
        when 'refund' then exists (select 1 from refunds o where o.id = k.object_id and o.account_id = k.account_id)
        when 'grant' then exists (select 1 from grants o where o.id = k.object_id and o.account_id = k.account_id)
        when 'transfer' then exists (select 1 from grants o where o.id = k.object_id and o.account_id = k.account_id)
        else false end`,
  },
  {
    rule: 'key-once',
    states:
      'exactly one key of its kind made every charge, refund, hold and transfer; a release also names its hold',
    sql: `
      with effect as (
        select account_id, id, 'charge' as kind from charges
        union all select account_id, id, 'refund' from refunds
        union all select account_id, id, 'hold' from holds
        union all select creator_id, id, 'transfer' from reward_transfers),
      made as (
        select account_id, object_id as id, kind, count(*) as times
        from idempotency_keys where kind <> 'grant' group by account_id, object_id, kind)
      select e.id::text, format('%s made by %s keys', e.kind, coalesce(m.times, 0)) as detail
      from effect e left join made m using (account_id, id, kind)
      where coalesce(m.times, 0) <> 1 and (e.kind <> 'hold' or coalesce(m.times, 0) = 0)`,
  },
  {
    rule: 'unique-id',
    states: 'across all accounts, an id names one row and a Stripe line paid for one grant a month',
    sql: [
      ['charges', 'id'],
      ['refunds', 'id'],
      ['holds', 'id'],
      ['grants', 'id'],
      ['grants', `stripe_line || '/' || line_month`],
      ['reward_transfers', 'id'],
    ]
      .map(
        ([table, column]) => `
      select (${column})::text as id, format('%s rows of ${table}', count(*)) as detail from ${table}
      where ${column} is not null group by ${column} having count(*) > 1`,
      )
      .join(' union all '),
  },
  {
    rule: 'dangling-account',
    states: 'every row of the ledger belongs to a wallet, and every wallet to a user',
    sql: [
      'grants',
      'holds',
      'charges',
      'refunds',
      'entries',
      'idempotency_keys',
      'usage_days',
      'app_budgets',
      'paid_lines',
    ]
      .map(
        (table) => `
      select account_id::text as id, format('${table}: %s rows', count(*)) as detail from ${table} t
      where not exists (select 1 from wallets w where w.account_id = t.account_id) group by account_id`,
      )
      .concat(
        `select account_id::text, 'wallets' from wallets w where not exists (select 1 from users u where u.id = w.account_id)`,
      )
      .join(' union all '),
  },
  {
    rule: 'dangling-object',
    states: 'entries name a grant, refunds a charge and holds grants of the same account',
    sql: `
      select e.grant_id::text as id, 'entry of a missing grant' as detail from entries e
      where not exists (select 1 from grants g where g.id = e.grant_id and g.account_id = e.account_id)
      union all
      select r.id::text, 'refund of a missing charge' from refunds r
      where not exists (select 1 from charges c where c.id = r.charge_id and c.account_id = r.account_id)`,
  },
  {
    rule: 'dangling-app',
    states: 'every named app exists, and its creator receives the reward unless the creator is the payer',
    sql: `
      select c.app_id::text as id, format('charges: %s rows', count(*)) as detail
      from (select app_id, count(*) as times from charges where app_id is not null group by app_id) c
      where not exists (select 1 from apps a where a.id = c.app_id) group by c.app_id
      union all
      select c.id::text, format('creator %s of app %s', c.creator_id, c.app_id)
      from charges c left join apps a on a.id = c.app_id
      where c.creator_id is distinct from nullif(a.creator_id, c.account_id)
      union all
      select h.app_id::text, 'holds' from (select distinct app_id from holds where app_id is not null) h
      where not exists (select 1 from apps a where a.id = h.app_id)
      union all
      select u.app_id::text, 'usage_days' from (select distinct app_id from usage_days where app_id <> ${NO_APP}) u
      where not exists (select 1 from apps a where a.id = u.app_id)
      union all
      select b.app_id::text, 'app_budgets' from (select distinct app_id from app_budgets) b
      where not exists (select 1 from apps a where a.id = b.app_id)
      union all
      select c.creator_id::text, 'rewards' from (
        select creator_id from reward_counters union select creator_id from reward_accounts
        union select creator_id from reward_days union select creator_id from reward_transfers) c
      where not exists (select 1 from users u where u.id = c.creator_id)`,
  },
]
