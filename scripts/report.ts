import { parseArgs } from 'node:util'
import type { Context } from '@/lib/context'
import { syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { SetupError } from '@/lib/env'
import { DomainError } from '@/lib/errors'
import { type MonthlyReport, readMonthlyReport } from '@/lib/operator/report'
import { reportCsv } from '@/lib/operator/report-csv'
import { withDatabase } from './with-database'

const USAGE = `Reports the credits owed at the start and end of a month and the movements in between, by source and in money, and
what creators earned, as CSV on stdout. Safe alongside a running server. Months are UTC.

  npm run -s report -- --month 2026-11 > 2026-11.csv

  opening + issued − used − expired − revoked = closing        used = charged − refunded
  opening + earned − reversed − moved = closing                for rewards

Exits 1 and names the rules on stderr if the figures contradict balances, grants or roll-ups; exits 2 without a report.
Reads the movements since the month began, the grants and the daily roll-ups; older history is not read.
`

function readMonth(): string | null {
  try {
    const { values } = parseArgs({
      options: { month: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
    })
    if (values.help) {
      console.log(USAGE.trimEnd())
      return null
    }
    if (values.month === undefined) throw new Error('--month is missing')
    return values.month
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exitCode = 2
    return null
  }
}

function read(month: string): Promise<MonthlyReport> {
  return withDatabase(async () => {
    const pool = getPool()
    const caller = { kind: 'system', name: 'report' } as const
    const ctx: Context = { pool, clock: await syncClock(pool), caller, requestId: 'report' }
    return readMonthlyReport(ctx, { month })
  })
}

const month = readMonth()
if (month !== null) {
  try {
    const report = await read(month)
    process.stdout.write(reportCsv(report))
    if (report.isRunning) console.error(`${month} is still running: its closing is the current total.`)
    for (const { rule, states, drifted } of report.checks)
      if (drifted > 0)
        console.error(`DRIFT ${rule}: ${states}: broken in ${drifted} places. npm run audit shows details.`)
    process.exitCode = report.balances ? 0 : 1
  } catch (error) {
    console.error(error instanceof DomainError || error instanceof SetupError ? error.message : error)
    process.exitCode = 2
  }
}
