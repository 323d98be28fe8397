import { stringify } from 'csv-stringify/sync'
import { creditsForCsv } from '@/lib/format'

const LINE_BREAK = /[\r\n]/

/** What a spreadsheet takes for the beginning of a formula, full-width forms and what it skips in front of one included. */
const FORMULA_START = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/** `credits`: millicredits, written with three decimals so that the figures of a column align. */
export type CsvCell = string | number | null | { credits: number }

/**
 * Rows as CSV (RFC 4180), UTF-8 as the answer's header says and without a byte-order mark: programs would take one for a
 * part of the first column's name. Text that a spreadsheet would take for a formula is neutralised; a number below zero
 * is none.
 */
export function csvText(rows: CsvCell[][]): string {
  return stringify(
    rows.map((row) => row.map(neutral)),
    {
      // Left bare, a single CR or LF would begin a new line in most readers, and what follows it a new cell.
      quoted_match: LINE_BREAK,
      record_delimiter: '\r\n',
    },
  )
}

function neutral(cell: CsvCell): string | number | null {
  if (typeof cell === 'object' && cell !== null) return creditsForCsv(cell.credits)
  return typeof cell === 'string' && FORMULA_START.test(cell) ? `'${cell}` : cell
}
