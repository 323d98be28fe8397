import { formatCount } from '@/lib/format'
import { MILLICREDITS_PER_CREDIT } from '@/lib/millicredits'
import type { AuditReport, CheckResult } from './audit-ledger'

const AMOUNT = 'Amount'

/** Formats the report for people: each figure, each rule, and a few examples of each drift. Amounts are in credits. */
export function formatReport(report: AuditReport): string {
  const figures = Object.entries(report.figures).map(([name, value]) => figureLine(name, value))
  const drifted = report.checks.filter((check) => check.drifted > 0)
  const verdict = report.clean
    ? `Clean: ${report.checks.length} rules hold.`
    : `DRIFT: ${drifted.length} of ${report.checks.length} rules are broken.`
  return [
    `Ledger audit at ${report.at.toISOString()}`,
    '',
    ...figures,
    '',
    ...report.checks.flatMap(checkLines),
    '',
    verdict,
  ].join('\n')
}

function figureLine(name: string, value: number | bigint): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  const isAmount = name.endsWith(AMOUNT)
  const shown = isAmount ? inCredits(BigInt(value)) : formatCount(value)
  const label = isAmount ? `${words.slice(0, -AMOUNT.length - 1)} (credits)` : words
  return `  ${label.padEnd(30)}${shown.padStart(24)}`
}

/** Credits with three decimals, exact at any size. */
function inCredits(amount: bigint): string {
  const perCredit = BigInt(MILLICREDITS_PER_CREDIT)
  const size = amount < 0n ? -amount : amount
  const sign = amount < 0n ? '-' : ''
  return `${sign}${formatCount(size / perCredit)}.${String(size % perCredit).padStart(3, '0')}`
}

function checkLines(check: CheckResult): string[] {
  const head = `${check.drifted === 0 ? 'ok   ' : 'DRIFT'} ${check.rule.padEnd(20)} ${check.states}`
  if (check.drifted === 0) return [head]
  const rest = check.drifted - check.examples.length
  const more = rest > 0 ? [`        … and ${rest} more`] : []
  return [head, ...check.examples.map((drift) => `        ${drift.id}: ${drift.detail}`), ...more]
}
