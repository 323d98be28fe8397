import { parseArgs } from 'node:util'
import { type AuditReport, auditLedger } from '@/lib/audit/audit-ledger'
import { formatReport } from '@/lib/audit/format-report'
import { syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { SetupError } from '@/lib/env'
import { keepAudit } from '@/lib/operator/audit-runs'
import { withDatabase } from './with-database'

const USAGE = `Checks every ledger rule over the whole database; safe alongside a running server. Exits 1 on drift. The result is
kept for the staff's notices.

  npm run -s audit              for people
  npm run -s audit -- --json    for programs
`

function wantsJson(): boolean | null {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false } } }).values.json
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    return null
  }
}

/** Audits the ledger and stores the result for staff notices. */
async function auditAndKeep(): Promise<AuditReport> {
  const pool = getPool()
  const started = performance.now()
  const report = await auditLedger(pool, { now: (await syncClock(pool)).now() })
  const milliseconds = Math.round(performance.now() - started)
  // The result is reported even if it cannot be stored, such as on a read-only copy.
  await keepAudit(pool, { report, by: 'npm run audit', milliseconds }).catch((error: unknown) =>
    console.error('Staff pages will not show this audit:', error),
  )
  return report
}

/** A number that JSON cannot represent exactly becomes text. */
function exactNumbers(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

const json = wantsJson()
if (json === null) process.exitCode = 2
else {
  try {
    const report = await withDatabase(auditAndKeep)
    console.log(json ? JSON.stringify(report, exactNumbers, 2) : formatReport(report))
    process.exitCode = report.clean ? 0 : 1
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error)
    process.exitCode = 2
  }
}
