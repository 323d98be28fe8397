import { parseArgs } from 'node:util'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { formatReport } from '@/lib/audit/format-report'
import { syncClock } from '@/lib/current-clock'
import { withDatabase } from '@/lib/db/attach'
import { getPool } from '@/lib/db/pool'
import { EnvError } from '@/lib/env'

const USAGE = `Checks every rule of the ledger over the whole database; safe beside a running server. Exits 1 on drift.

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

const json = wantsJson()
if (json === null) process.exitCode = 2
else {
  try {
    const report = await withDatabase(async () =>
      auditLedger(getPool(), { now: (await syncClock(getPool())).now() }),
    )
    console.log(json ? JSON.stringify(report, null, 2) : formatReport(report))
    process.exitCode = report.clean ? 0 : 1
  } catch (error) {
    console.error(error instanceof EnvError ? error.message : error)
    process.exitCode = 2
  }
}
