import { stringify } from 'csv-stringify/sync'
import type { Context } from '@/lib/context'
import { publicId } from '@/lib/ids'
import { isoFromMicros } from '@/lib/instant'
import { sum, toCredits } from '@/lib/millicredits'
import type { ChargeView } from './charge-view'
import type { HistoryFilter } from './history-filter'
import { listCharges } from './list-charges'

const PAGE_SIZE = 500
const LINE_BREAK = /[\r\n]/

const COLUMNS = [
  'time',
  'charge',
  'operation',
  'app',
  'surface',
  'base',
  'premium',
  'total',
  'absorbed',
  'refunded',
  'allowance',
  'pack',
  'reward',
  'promo',
  'priceVersion',
  'hold',
  'reference',
  'usage',
  'metadata',
]

/**
 * The history as CSV (RFC 4180), newest first, a page at a time: the header comes with the first page. Amounts are
 * credits, times UTC. A cell that a spreadsheet would take for a formula is neutralised. Throws as `listCharges` does,
 * before anything is produced.
 */
export async function* exportUsage(ctx: Context, filter: HistoryFilter): AsyncGenerator<string> {
  let cursor: string | null = null
  let header = true
  do {
    const page = await listCharges(ctx, { ...filter, cursor, limit: PAGE_SIZE })
    const rows = page.items.map(csvRow)
    const text = stringify(header ? [COLUMNS, ...rows] : rows, {
      escape_formulas: true,
      // Left bare, a single CR or LF would begin a new line in most readers, and what follows it a new cell.
      quoted_match: LINE_BREAK,
      record_delimiter: '\r\n',
    })
    if (text !== '') yield text
    header = false
    cursor = page.nextCursor
  } while (cursor !== null)
}

function csvRow({ charge, surface, total, refunded, funding }: ChargeView): (string | number | null)[] {
  const paidBy = (source: ChargeView['funding'][number]['source']) =>
    toCredits(sum(funding.filter((part) => part.source === source).map((part) => part.amount)))
  return [
    isoFromMicros(charge.at),
    publicId('charge', charge.id),
    charge.operation,
    charge.appId && publicId('app', charge.appId),
    surface,
    toCredits(charge.base),
    toCredits(charge.premium),
    toCredits(total),
    toCredits(charge.absorbed),
    toCredits(refunded),
    paidBy('allowance'),
    paidBy('pack'),
    paidBy('reward'),
    paidBy('promo'),
    charge.priceVersion,
    charge.holdId && publicId('hold', charge.holdId),
    // The one start of a formula that the stringifier does not know.
    charge.reference?.replace(/^\n/, "'\n") ?? null,
    JSON.stringify(charge.usage),
    charge.metadata && JSON.stringify(charge.metadata),
  ]
}
