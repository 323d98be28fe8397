import { z } from 'zod'
import { type AuditReport, auditWithin, type CheckResult } from '@/lib/audit/audit-ledger'
import { HOUR_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { Unavailable } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { processState } from '@/lib/process-state'
import { requireStaff } from './require-staff'

type BrokenRule = Pick<CheckResult, 'rule' | 'states' | 'drifted' | 'examples'>

/** An audit as it was found: `drift` names the broken rules and is empty when the ledger is clean. */
export type AuditRun = {
  at: Date
  staffEmail: string
  rules: number
  milliseconds: number
  drift: BrokenRule[]
}

/** A page's audit may take this long; a larger ledger is audited by `npm run audit`, which takes what it needs. */
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

/** The last audit that staff asked for; null before the first. Throws `NotFound` for all but staff. */
export async function readLastAudit(ctx: Context): Promise<AuditRun | null> {
  await requireStaff(ctx)
  const { rows } = await ctx.pool.query({
    name: 'last-audit-run',
    text: 'select at, staff_email, rules, milliseconds, drift from audit_runs order by at desc, id desc limit 1',
  })
  return rows.length === 0 ? null : runRow.parse(rows[0])
}

/**
 * Checks every rule of the ledger now and keeps what was found. One at a time in a process, and at most so many seconds:
 * then it throws `Unavailable`. Throws `NotFound` for all but staff.
 */
export async function runAudit(ctx: Context): Promise<void> {
  const staff = await requireStaff(ctx)
  const running = processState('operator.audit', () => ({ now: false }))
  if (running.now) throw new Unavailable('An audit is running already. Its result appears here in a moment.')
  running.now = true
  try {
    const started = performance.now()
    const report = await boundedAudit(ctx)
    const drift = report.checks.filter(({ drifted }) => drifted > 0)
    await ctx.pool.query({
      name: 'add-audit-run',
      text: 'insert into audit_runs (id, at, staff_email, rules, milliseconds, drift) values ($1, $2, $3, $4, $5, $6)',
      values: [
        newUuid(),
        report.at,
        staff.email,
        report.checks.length,
        Math.round(performance.now() - started),
        JSON.stringify(
          drift.map(({ rule, states, drifted, examples }) => ({ rule, states, drifted, examples })),
        ),
      ],
    })
  } finally {
    running.now = false
  }
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
        `This ledger takes longer than a page may: run npm run audit instead.`,
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
