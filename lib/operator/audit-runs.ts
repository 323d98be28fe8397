import type { Pool } from 'pg'
import { z } from 'zod'
import { type AuditReport, auditWithin, type CheckResult } from '@/lib/audit/audit-ledger'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { Unavailable } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { processState } from '@/lib/process-state'
import { requireStaff } from './require-staff'

type BrokenRule = Pick<CheckResult, 'rule' | 'states' | 'drifted' | 'examples'>

/** The result of an audit: `drift` names the broken rules and is empty if the ledger is clean. */
export type AuditRun = {
  at: Date
  /** The staff member or the command that ran the audit. */
  staffEmail: string
  rules: number
  milliseconds: number
  drift: BrokenRule[]
}

/** The time limit of an audit started from a page; `npm run audit` has none. */
export const AUDIT_SECONDS_MAX = 20

const runRow = z
  .object({
    at: z.date(),
    staff_email: z.string(),
    rules: z.number(),
    milliseconds: z.number(),
    drift: z.array(
      z.object({
        rule: z.string(),
        states: z.string(),
        drifted: z.number(),
        examples: z.array(z.object({ id: z.string(), detail: z.string() })),
      }),
    ),
  })
  .transform(({ staff_email, ...rest }): AuditRun => ({ ...rest, staffEmail: staff_email }))

/** The latest audit, from the page or the command; null before the first. Throws `NotFound` unless the caller is staff. */
export async function readLastAudit(ctx: Context): Promise<AuditRun | null> {
  await requireStaff(ctx)
  const { rows } = await ctx.pool.query({
    name: 'last-audit-run',
    text: 'select at, staff_email, rules, milliseconds, drift from audit_runs order by at desc, id desc limit 1',
  })
  return rows.length === 0 ? null : runRow.parse(rows[0])
}

/** Audits run every night; the extra hour allows an audit to take longer than the previous one. */
const AUDIT_AGE_MAX_MS = DAY_MS + HOUR_MS

/** The problem with the latest audit; null if it is less than a day old and clean. */
export type AuditNotice = 'drift' | 'old' | 'never'

export function auditNoticeOf(last: AuditRun | null, now: Date): AuditNotice | null {
  if (last === null) return 'never'
  if (last.drift.length > 0) return 'drift'
  return now.getTime() - last.at.getTime() > AUDIT_AGE_MAX_MS ? 'old' : null
}

/**
 * Checks every ledger rule now and stores the result. Runs one audit at a time per process and throws `Unavailable`
 * at the time limit. Throws `NotFound` unless the caller is staff.
 */
export async function runAudit(ctx: Context): Promise<void> {
  const staff = await requireStaff(ctx)
  const running = processState('operator.audit', () => ({ now: false }))
  if (running.now)
    throw new Unavailable('An audit is already running. Its result will appear here in a moment.')
  running.now = true
  try {
    const started = performance.now()
    const report = await boundedAudit(ctx)
    const milliseconds = Math.round(performance.now() - started)
    await keepAudit(ctx.pool, { report, by: staff.email, milliseconds })
  } finally {
    running.now = false
  }
}

/** Stores the result of an audit, so that staff pages can show when the ledger was last clean. */
export async function keepAudit(
  db: Pick<Pool, 'query'>,
  { report, by, milliseconds }: { report: AuditReport; by: string; milliseconds: number },
): Promise<void> {
  const broken = report.checks.filter(({ drifted }) => drifted > 0)
  const drift = broken.map(({ rule, states, drifted, examples }) => ({ rule, states, drifted, examples }))
  await db.query({
    name: 'add-audit-run',
    text: 'insert into audit_runs (id, at, staff_email, rules, milliseconds, drift) values ($1, $2, $3, $4, $5, $6)',
    values: [newUuid(), report.at, by, report.checks.length, milliseconds, JSON.stringify(drift)],
  })
}

async function boundedAudit(ctx: Context): Promise<AuditReport> {
  const client = await ctx.pool.connect()
  let broken: Error | undefined
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const cancel = () => ctx.pool.query('select pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => undefined)
  const limit = setTimeout(cancel, AUDIT_SECONDS_MAX * 1_000)
  try {
    await client.query('begin isolation level repeatable read read only')
    return await auditWithin(client, { now: ctx.clock.now() })
  } catch (error) {
    if (isCancelled(error))
      throw new Unavailable(
        `This ledger is too large to audit from a page: run npm run audit instead.`,
        HOUR_MS / 1_000,
      )
    throw error
  } finally {
    clearTimeout(limit)
    await client.query('rollback').catch((error: Error) => {
      broken = error
    })
    client.release(broken)
  }
}

/** query_canceled */
function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014'
}
