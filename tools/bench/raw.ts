import { randomUUID } from 'node:crypto'
import { anyOf, closedLoop, type Sample } from './measure'
import type { Stage } from './stage'

/** The minimum a ledger stores for a charge: a balance, and one narrow row with one index. */
const TABLES = `
  create table if not exists raw_balances (id uuid primary key, balance bigint not null) with (fillfactor = 60);
  create table if not exists raw_charges (account_id uuid, id uuid, at timestamptz, amount bigint, primary key (account_id, id));
  create table if not exists raw_grants (account_id uuid primary key, remaining bigint not null, used bigint not null)
    with (fillfactor = 60);
  create table if not exists raw_full_charges (account_id uuid, at timestamptz, id uuid unique, operation text, app_id uuid,
    creator_id uuid, usage jsonb, base bigint, premium bigint, absorbed bigint, reward bigint, price_version int,
    premium_bps int, grant_ids uuid[], grant_amounts bigint[], balance_after bigint, primary key (account_id, at, id));
  create table if not exists raw_keys (account_id uuid, key text, fingerprint uuid, kind text, object_id uuid,
    primary key (account_id, key));
  create table if not exists raw_days (account_id uuid, day date, operation text, app_id uuid, charges bigint, base bigint,
    premium bigint, paid bigint, primary key (account_id, day, operation, app_id)) with (fillfactor = 60);`

const SINGLE = `
  with debited as (update raw_balances set balance = balance - $3 where id = $1 and balance >= $3 returning id)
  insert into raw_charges (account_id, id, at, amount) select id, $2::uuid, now(), $3 from debited`

const BATCH = `
  with request as (select * from unnest($1::uuid[], $2::uuid[], $3::bigint[]) r (account_id, id, amount)),
  debited as (
    update raw_balances b set balance = b.balance - t.amount
    from (select account_id, sum(amount)::bigint as amount from request group by account_id order by account_id) t
    where b.id = any ($1) and b.id = t.account_id)
  insert into raw_charges (account_id, id, at, amount) select account_id, id, now(), amount from request`

/** Five tables like the product's (balance, grant, charge, key and day), with look-ups by key but no rules. */
const SAME = `
  with request as (select * from unnest($1::uuid[], $2::uuid[], $3::bigint[]) r (account_id, id, amount)),
  total as (select account_id, sum(amount)::bigint as amount from request group by account_id order by account_id),
  debited as (
    update raw_balances b set balance = b.balance - t.amount from total t where b.id = any ($1) and b.id = t.account_id),
  granted as (
    update raw_grants g set remaining = g.remaining - t.amount, used = g.used + t.amount
    from total t where g.account_id = any ($1) and g.account_id = t.account_id),
  written as (
    insert into raw_full_charges select account_id, clock_timestamp(), id, 'ai.standard', id, id,
      '{"inputTokens": 1200, "outputTokens": 300}', amount, 0, 0, 0, 1, 0, array[account_id], array[amount], 1000000
    from request),
  remembered as (insert into raw_keys select account_id, id::text, id, 'charge', id from request)
  insert into raw_days as d select account_id, current_date, 'ai.standard', account_id, 1, amount, 0, amount from total
  on conflict (account_id, day, operation, app_id) do update set charges = d.charges + 1, base = d.base + excluded.base,
    paid = d.paid + excluded.paid`

export async function prepareRaw(stage: Stage): Promise<void> {
  await stage.pool.query(TABLES)
  await stage.pool.query(
    'truncate raw_balances, raw_charges, raw_grants, raw_full_charges, raw_keys, raw_days',
  )
  await stage.pool.query({
    text: 'insert into raw_grants select id, 1000000000000000, 0 from unnest($1::uuid[]) a (id)',
    values: [stage.accounts],
  })
  await stage.pool.query({
    text: 'insert into raw_balances select id, 1000000000000000 from unnest($1::uuid[]) a (id)',
    values: [stage.accounts],
  })
  await stage.pool.query('vacuum (analyze) raw_balances, raw_grants')
}

type Loop = { clients: number; seconds: number; warmupSeconds: number }

/** One debit and one insert per statement, over as many connections as the product uses. */
export function runRawSingle(stage: Stage, loop: Loop): Promise<Sample> {
  return closedLoop(loop, async () => {
    const values = [anyOf(stage.accounts), randomUUID(), 24_000]
    await stage.pool.query({ name: 'raw-single', text: SINGLE, values })
    return 1
  })
}

/** The same with `size` charges per statement. `clients`: the number of concurrent statements. */
export function runRawBatch(stage: Stage, { size, ...loop }: Sized): Promise<Sample> {
  return runSized(stage, { size, ...loop }, { name: 'raw-batch', text: BATCH })
}

/** The rows of a charge with all their indexes but no rules: the minimum cost of storing a charge. */
export function runRawSame(stage: Stage, { size, ...loop }: Sized): Promise<Sample> {
  return runSized(stage, { size, ...loop }, { name: 'raw-same', text: SAME })
}

const DEADLOCK = '40P01'

type Sized = Loop & { size: number }

function runSized(
  stage: Stage,
  { size, ...loop }: Sized,
  statement: { name: string; text: string },
): Promise<Sample> {
  const amounts = `{${new Array(size).fill(24_000).join(',')}}`
  return closedLoop(loop, async () => {
    const accounts = Array.from({ length: size }, () => anyOf(stage.accounts)).sort()
    const ids = accounts.map(() => randomUUID())
    const values = [`{${accounts.join(',')}}`, `{${ids.join(',')}}`, amounts]
    try {
      await stage.pool.query({ ...statement, values })
    } catch (error) {
      // Rows are written in the planner's order, so statements can deadlock; rolled-back ones do not count.
      if ((error as { code?: string }).code === DEADLOCK) return 0
      throw error
    }
    return size
  })
}
