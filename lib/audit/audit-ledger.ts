import type { ClientBase, Pool } from 'pg'
import { allowSilence } from '@/lib/db/pool'
import { type Check, sqlOf } from './check'
import { FIGURES } from './figures'
import { FUNDING_CHECKS } from './funding-checks'
import { GRANT_CHECKS } from './grant-checks'
import { PRICE_CHECKS } from './price-checks'
import { REFERENCE_CHECKS } from './reference-checks'
import { TAKEBACK_CHECKS } from './takeback-checks'
import { TIME_CHECKS } from './time-checks'
import { USAGE_CHECKS } from './usage-checks'

export type Drift = { id: string; detail: string }

export type CheckResult = {
  rule: string
  states: string
  /** The number of rows that break the rule. */
  drifted: number
  /** The first few of these rows. */
  examples: Drift[]
  milliseconds: number
}

export type AuditReport = {
  /** The time of the audit by the product's clock. */
  at: Date
  clean: boolean
  /** Row counts, and millicredits if the name ends in `Amount`; a `bigint` beyond a number's exact range. */
  figures: Record<string, number | bigint>
  checks: CheckResult[]
}

const EXAMPLES_MAX = 5

export const CHECKS: readonly Check[] = [
  ...GRANT_CHECKS,
  ...PRICE_CHECKS,
  ...FUNDING_CHECKS,
  ...TIME_CHECKS,
  ...USAGE_CHECKS,
  ...TAKEBACK_CHECKS,
  ...REFERENCE_CHECKS,
]

/**
 * Checks every ledger rule over the whole database (docs/architecture.md, "Ledger"), from one snapshot and without a
 * lock, so it may run alongside a busy server. `now` only decides what counts as due; nothing is written.
 */
export async function auditLedger(pool: Pool, { now }: { now: Date }): Promise<AuditReport> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin isolation level repeatable read read only')
    return await auditWithin(client, { now })
  } finally {
    await client.query('rollback').catch((error: Error) => {
      broken = error
    })
    client.release(broken)
  }
}

/** Runs the audit inside a transaction that the caller has begun. */
export async function auditWithin(client: ClientBase, { now }: { now: Date }): Promise<AuditReport> {
  // Auditing every row may take a long time, and sorting millions of rows needs memory.
  await client.query(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
    set local work_mem = '128MB'; set local jit = off`)
  allowSilence(client, 0)
  const figures = await client.query<{ name: string; value: string }>(FIGURES, [now])
  const checks: CheckResult[] = []
  for (const check of CHECKS) checks.push(await runCheck(client, check, now))
  return {
    at: now,
    clean: checks.every((check) => check.drifted === 0),
    figures: Object.fromEntries(figures.rows.map(({ name, value }) => [name, exactOf(value)])),
    checks,
  }
}

/** A sum over a whole ledger may exceed `Number.MAX_SAFE_INTEGER`. */
function exactOf(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

async function runCheck(client: ClientBase, { rule, states, sql }: Check, now: Date): Promise<CheckResult> {
  const start = performance.now()
  const { rows } = await client.query<{ drifted: number; examples: Drift[] }>(
    `
    with audit (now) as (select $1::timestamptz), drift (id, detail) as materialized (${sqlOf(sql)})
    select (select count(*) from drift) as drifted,
      (select coalesce(json_agg(e), '[]') from (select * from drift limit ${EXAMPLES_MAX}) e) as examples`,
    [now],
  )
  const [row] = rows
  if (!row) throw new Error(`the check ${rule} returned no result`)
  return { rule, states, ...row, milliseconds: Math.round(performance.now() - start) }
}
