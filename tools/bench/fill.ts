import pg from 'pg'
import { findOperation } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import { priceUsage } from '@/lib/pricing/price'
import type { Stage } from './stage'
import { OPERATION, USAGE } from './verb'

const ROWS_A_STATEMENT = 1_000_000

/** Dropped before the fill and rebuilt after it: maintaining them for ten million rows in random order is far slower. */
const INDEXES = [
  {
    drop: 'alter table charges drop constraint charges_pkey',
    build: 'alter table charges add primary key (account_id, at)',
  },
  {
    drop: 'drop index charges_id_account_id_key',
    build: 'create unique index charges_id_account_id_key on charges (id, account_id)',
  },
  {
    drop: 'alter table idempotency_keys drop constraint idempotency_keys_pkey',
    build: 'alter table idempotency_keys add primary key (account_id, key)',
  },
]

/**
 * The charges that the verb would make, `$2` for each account, after its existing ones: the allowance pays until it is
 * spent, then the promotion. Every rule of the audit holds afterwards.
 */
const FILL = `
  with account as materialized (
    select w.account_id, w.last_at, w.available + w.held as balance, a.id as allowance, a.remaining, p.id as promo
    from wallets w
      join grants a on a.account_id = w.account_id and a.source = 'allowance'
      join grants p on p.account_id = w.account_id and p.source = 'promo'
    where w.account_id = any ($1::uuid[])),
  charge as materialized (
    select a.account_id, a.last_at + j * interval '1 microsecond' as at, uuidv7() as id, a.balance - j * $3::bigint as balance_after,
      greatest(0, least(a.remaining, j * $3::bigint) - (j - 1) * $3::bigint) as free, a.allowance, a.promo
    from generate_series(1, $2::bigint) j cross join account a),
  written as (
    insert into charges (account_id, at, id, operation, usage, base, premium, reward, price_version, premium_bps, grant_ids,
      grant_amounts, balance_after)
    select account_id, at, id, $4, $5::jsonb, $3, 0, 0, $6, 0,
      case when free = 0 then array[promo] when free = $3 then array[allowance] else array[allowance, promo] end,
      case when free = 0 or free = $3 then array[$3::bigint] else array[free, $3 - free] end, balance_after
    from charge),
  remembered as (
    insert into idempotency_keys (account_id, key, fingerprint, kind, object_id)
    select account_id, gen_random_uuid()::text, '00000000-0000-0000-0000-000000000000', 'charge', id from charge),
  days as (
    insert into usage_days as u (account_id, day, operation, app_id, charges, base, premium, paid)
    select account_id, (at at time zone 'UTC')::date, $4, '00000000-0000-0000-0000-000000000000', count(*), sum($3::bigint), 0,
      sum($3::bigint)
    from charge group by 1, 2
    on conflict (account_id, day, operation, app_id) do update set charges = u.charges + excluded.charges,
      base = u.base + excluded.base, paid = u.paid + excluded.paid),
  spent as (
    update grants g set remaining = g.remaining - x.amount, used = g.used + x.amount
    from (
      select account_id, allowance as id, sum(free)::bigint as amount from charge group by 1, 2
      union all
      select account_id, promo, sum($3 - free)::bigint from charge group by 1, 2) x
    where g.account_id = x.account_id and g.id = x.id and x.amount > 0)
  update wallets w set available = w.available - $2::bigint * $3, last_at = w.last_at + $2::bigint * interval '1 microsecond'
  from account a where w.account_id = a.account_id`

export async function countCharges(stage: Stage): Promise<number> {
  const { rows } = await stage.pool.query<{ charges: number }>('select count(*) as charges from charges')
  return rows[0]?.charges ?? 0
}

/** Fills the database to about `target` charges, evenly over its accounts. */
export async function fillTo(stage: Stage, target: number): Promise<void> {
  const version = catalogAt(stage.ctx.clock.now())
  const operation = findOperation(version, OPERATION)
  if (!operation) throw new Error(`there is no ${OPERATION}`)
  const price = priceUsage({ version, operation, usage: USAGE, premiumBps: 0 })
  const missing = target - (await countCharges(stage))
  if (missing < stage.accounts.length) return
  const client = new pg.Client({ connectionString: stage.url })
  await client.connect()
  try {
    for (const { drop } of INDEXES) await client.query(drop)
    const perStatement = Math.max(1, Math.floor(ROWS_A_STATEMENT / stage.accounts.length))
    for (let left = Math.floor(missing / stage.accounts.length); left > 0; left -= perStatement) {
      const each = Math.min(left, perStatement)
      const usage = JSON.stringify(USAGE)
      await client.query(FILL, [stage.accounts, each, price.total, OPERATION, usage, price.priceVersion])
    }
    await client.query("set maintenance_work_mem = '512MB'")
    for (const { build } of INDEXES) await client.query(build)
    await client.query('vacuum (analyze)')
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
}
