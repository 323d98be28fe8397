import type { Context } from '@/lib/context'
import { publicId } from '@/lib/ids'
import { isoFromMicros } from '@/lib/instant'
import { sum } from '@/lib/millicredits'
import type { ChargeView } from './charge-view'
import { type CsvCell, csvText } from './csv'
import type { HistoryFilter } from './history-filter'
import { listCharges } from './list-charges'

const PAGE_SIZE = 500

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
  'run',
]

/**
 * The history as CSV (RFC 4180), newest first, one page at a time; the header comes with the first page. Amounts are
 * credits and times are UTC. Cells that a spreadsheet would run as a formula are neutralised. Throws like `listCharges`,
 * before the first chunk.
 */
export async function* exportUsage(ctx: Context, filter: HistoryFilter): AsyncGenerator<string> {
  let cursor: string | null = null
  let header = true
  do {
    const page = await listCharges(ctx, { ...filter, cursor, limit: PAGE_SIZE })
    const rows = page.items.map(csvRow)
    const text = csvText(header ? [COLUMNS, ...rows] : rows)
    if (text !== '') yield text
    header = false
    cursor = page.nextCursor
  } while (cursor !== null)
}

function csvRow({ charge, surface, total, refunded, funding }: ChargeView): CsvCell[] {
  const paidBy = (source: ChargeView['funding'][number]['source']) => ({
    credits: sum(funding.filter((part) => part.source === source).map((part) => part.amount)),
  })
  return [
    isoFromMicros(charge.at),
    publicId('charge', charge.id),
    charge.operation,
    charge.appId && publicId('app', charge.appId),
    surface,
    { credits: charge.base },
    { credits: charge.premium },
    { credits: total },
    { credits: charge.absorbed },
    { credits: refunded },
    paidBy('allowance'),
    paidBy('pack'),
    paidBy('reward'),
    paidBy('promo'),
    charge.priceVersion,
    charge.holdId && publicId('hold', charge.holdId),
    charge.reference,
    JSON.stringify(charge.usage),
    charge.metadata && JSON.stringify(charge.metadata),
    charge.runId && publicId('run', charge.runId),
  ]
}
