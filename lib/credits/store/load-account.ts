import type { ClientBase, Pool } from 'pg'
import type { AccountBook, AccountState } from '@/lib/credits/book/book'
import type { Grant, PaidLine, Run } from '@/lib/credits/book/records'
import type { Row, Table } from './codec'
import { BUDGETS, GRANTS, HOLDS, LIMITS, PAID_LINES, RUNS, WALLETS } from './tables'

export type Queryable = Pick<Pool | ClientBase, 'query'>

/** Selects a table's rows as one JSON array, whose items `decode` reads. */
function arrayOf(table: Pick<Table<unknown>, 'name' | 'select'>, row: string, where: string): string {
  return `(select coalesce(json_agg(x), '[]') from (select ${table.select(row)} from ${table.name} ${row} where ${where}) x)`
}

const LOAD = `
  select ${WALLETS.select('w')},
    ${arrayOf(
      GRANTS,
      'g',
      `g.account_id = $1 and (g.remaining > 0 or g.held > 0
        or (g.source = 'allowance' and g.expires_at > $2::timestamptz - interval '32 days'))`,
    )} as grants,
    ${arrayOf(HOLDS, 'h', `h.account_id = $1 and h.status = 'open'`)} as holds,
    ${arrayOf(BUDGETS, 'b', 'b.account_id = $1')} as budgets,
    ${arrayOf(LIMITS, 'l', 'l.account_id = $1')} as limits,
    ${arrayOf(RUNS, 'r', 'r.account_id = $1 and r.id = $3::uuid')} as runs,
    ${arrayOf(PAID_LINES, 'l', 'l.account_id = $1 and l.next_at is not null')} as lines
  from wallets w where w.account_id = $1`

/**
 * Reads the stored account in one consistent statement; null if there is none. The state is not settled: changes due since
 * the last write are not applied. Spent grants from past periods are omitted, so that the cost does not grow with the
 * account's age.
 */
export async function loadAccount(
  db: Queryable,
  accountId: string,
  now: Date,
  runId: string | null = null,
): Promise<AccountState | null> {
  const { rows } = await db.query<
    Row & { grants: Row[]; holds: Row[]; budgets: Row[]; limits: Row[]; runs: Row[]; lines: Row[] }
  >({
    name: 'load-account',
    text: LOAD,
    values: [accountId, now, runId],
  })
  const [row] = rows
  if (!row) return null
  return {
    ...WALLETS.decode(row),
    grants: row.grants.map(GRANTS.decode),
    holds: row.holds.map(HOLDS.decode),
    budgets: row.budgets.map(BUDGETS.decode),
    limits: row.limits.map(LIMITS.decode),
    runs: row.runs.map(RUNS.decode),
    lines: row.lines.map(PAID_LINES.decode),
  }
}

/**
 * Adds a run to the book of its account, under the wallet's lock. Leaves the book unchanged if `runId` is null or no
 * run of this account.
 */
export async function addRun(db: Queryable, book: AccountBook, runId: string | null): Promise<void> {
  if (runId === null) return
  const { rows } = await db.query<Row>({
    name: 'load-run-of-account',
    text: `select ${RUNS.select('r')} from runs r where r.account_id = $1 and r.id = $2`,
    values: [book.accountId, runId],
  })
  const [run] = rows.map((row): Run => RUNS.decode(row))
  if (run) book.runs.set(run.id, run)
}

/** The lines for several months that a payment paid for, including those whose months have all begun. */
export async function loadPaidLines(
  db: Queryable,
  accountId: string,
  { lines, payments }: { lines: string[]; payments: string[] },
): Promise<PaidLine[]> {
  const { rows } = await db.query<Row>({
    name: 'load-paid-lines',
    text: `
      select ${PAID_LINES.select('l')} from paid_lines l
      where l.account_id = $1 and (l.stripe_line = any($2) or l.stripe_payment = any($3))`,
    values: [accountId, lines, payments],
  })
  return rows.map(PAID_LINES.decode)
}

export async function loadGrants(db: Queryable, accountId: string, ids: string[]): Promise<Grant[]> {
  const { rows } = await db.query<Row>({
    name: 'load-grants',
    text: `select ${GRANTS.select('g')} from grants g where g.account_id = $1 and g.id = any($2::uuid[])`,
    values: [accountId, ids],
  })
  return rows.map(GRANTS.decode)
}
