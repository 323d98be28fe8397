import { stringify } from 'csv-stringify/sync'
import { creditsForCsv } from '@/lib/format'

const LINE_BREAK = /[\r\n]/

/** Text that a spreadsheet would read as the start of a formula, including full-width forms and skipped leading characters. */
const FORMULA_START = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/** `credits`: millicredits, written with three decimals so that the figures of a column align. */
export type CsvCell = string | number | null | { credits: number }

/**
 * Rows as CSV (RFC 4180), UTF-8 as the response header says and without a byte-order mark, which programs would read as part
 * of the first column's name. Text that a spreadsheet would run as a formula is neutralised; negative numbers are not
 * formulas.
 */
export function csvText(rows: CsvCell[][]): string {
  return stringify(
    rows.map((row) => row.map(neutral)),
    {
      // Unquoted, a single CR or LF starts a new line in most readers, and the rest of the text a new cell.
      quoted_match: LINE_BREAK,
      record_delimiter: '\r\n',
    },
  )
}

function neutral(cell: CsvCell): string | number | null {
  if (typeof cell === 'object' && cell !== null) return creditsForCsv(cell.credits)
  return typeof cell === 'string' && FORMULA_START.test(cell) ? `'${cell}` : cell
}
