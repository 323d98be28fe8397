import { stringify } from 'csv-stringify/sync'
import { creditsForCsv } from '@/lib/format'

const LINE_BREAK = /[\r\n]/

/**
 * Text that a spreadsheet would interpret as a formula, including full-width forms and leading characters that it skips.
 */
const FORMULA_START = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/** `credits`: millicredits, written with three decimals so that the figures of a column align. */
export type CsvCell = string | number | null | { credits: number }

/**
 * Rows as CSV (RFC 4180), in UTF-8 as the response header says, without a byte-order mark, which programs would read as
 * part of the first column's name. Text that a spreadsheet would run as a formula is neutralised; negative numbers stay.
 */
export function csvText(rows: CsvCell[][]): string {
  return stringify(
    rows.map((row) => row.map(neutral)),
    {
      // An unquoted CR or LF starts a new line in most readers, so the text after it would start a new cell.
      quoted_match: LINE_BREAK,
      record_delimiter: '\r\n',
    },
  )
}

function neutral(cell: CsvCell): string | number | null {
  if (typeof cell === 'object' && cell !== null) return creditsForCsv(cell.credits)
  return typeof cell === 'string' && FORMULA_START.test(cell) ? `'${cell}` : cell
}
