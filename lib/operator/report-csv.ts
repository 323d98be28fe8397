import { stringify } from 'csv-stringify/sync'
import { decimalOf } from '@/lib/currencies'
import { creditsForCsv } from '@/lib/format'
import type { Millicredits } from '@/lib/millicredits'
import type { CreditFlow, MonthlyReport, RewardFlow } from './report'
import type { MoneyFlow } from './report-money'

const COLUMNS = [
  'month',
  'section',
  'item',
  'currency',
  'unit',
  'opening',
  'issued',
  'charged',
  'refunded',
  'used',
  'expired',
  'revoked',
  'earned',
  'reversed',
  'moved',
  'closing',
  'ended',
  'movable',
  'on_hold',
  'owed',
  'absorbed',
  'already_used',
] as const
type Cells = Partial<Record<(typeof COLUMNS)[number], string | number | null>>

/**
 * The report as CSV (RFC 4180): one line per row and one column per figure, empty if the figure does not apply. Amounts are
 * credits; money is in major units of its currency.
 */
export function reportCsv(report: MonthlyReport): string {
  const lines: Cells[] = [
    ...report.sources.map(({ source, currency, credits }) => ({
      ...creditCells(credits),
      item: source,
      currency,
    })),
    { ...creditCells(report.total), item: 'total' },
    ...report.sources.flatMap(({ source, currency, money }) =>
      currency !== null && money !== null ? [{ ...moneyCells(money, currency), item: source }] : [],
    ),
    ...report.moneyTotals.map(({ currency, money }) => ({ ...moneyCells(money, currency), item: 'total' })),
    { section: 'usage', item: 'absorbed', unit: 'credit', absorbed: creditsForCsv(report.absorbed) },
    {
      ...rewardCells(report.rewards.paid),
      ...inCredits({ on_hold: report.onHoldBy.paid }),
      item: 'funded by paid credits',
    },
    {
      ...rewardCells(report.rewards.free),
      ...inCredits({ on_hold: report.onHoldBy.free }),
      item: 'funded by free credits',
    },
    { ...rewardCells(report.rewards.total), ...standing(report.rewardsClosing), item: 'total' },
  ]
  const rows = lines.map((line) =>
    COLUMNS.map((column) => (column === 'month' ? report.month.name : (line[column] ?? null))),
  )
  return stringify([[...COLUMNS], ...rows], { record_delimiter: '\r\n' })
}

function creditCells({ alreadyUsed, ...flow }: CreditFlow): Cells {
  return { section: 'credits', unit: 'credit', ...inCredits({ ...flow, already_used: alreadyUsed }) }
}

function rewardCells(flow: RewardFlow): Cells {
  return { section: 'rewards', unit: 'credit', ...inCredits({ ...flow }) }
}

function standing({ movable, onHold, owed }: MonthlyReport['rewardsClosing']): Cells {
  return inCredits({ movable, on_hold: onHold, owed })
}

function inCredits(amounts: Record<string, Millicredits>): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, creditsForCsv(amount)]))
}

function moneyCells({ alreadyUsed, ...flow }: MoneyFlow, currency: string): Cells {
  const units = Object.entries({ ...flow, already_used: alreadyUsed }).map(([name, minor]) => [
    name,
    decimalOf(minor, currency),
  ])
  return { section: 'money', unit: currency, currency, ...Object.fromEntries(units) }
}
