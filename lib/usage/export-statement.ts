import type { Context } from '@/lib/context'
import { type IdKind, publicId } from '@/lib/ids'
import { isoFromMicros } from '@/lib/instant'
import { type CsvCell, csvText } from './csv'
import { type Movement, readStatement, type StatementPage } from './statement'

const PAGE_SIZE = 500

const COLUMNS = [
  'time',
  'kind',
  'amount',
  'balanceAfter',
  'source',
  'operation',
  'app',
  'charge',
  'refund',
  'grant',
  'reason',
]

/**
 * The statement as CSV, newest first, one page at a time. Amounts are signed credits and times are UTC. Throws like
 * `readStatement`, before the first chunk.
 */
export async function* exportStatement(ctx: Context, accountId: string): AsyncGenerator<string> {
  let cursor: string | null = null
  let header: CsvCell[][] = [COLUMNS]
  do {
    const page: StatementPage = await readStatement(ctx, { accountId, cursor, limit: PAGE_SIZE })
    yield csvText([...header, ...page.items.map(csvRow)])
    header = []
    cursor = page.nextCursor
  } while (cursor !== null)
}

function csvRow(item: Movement): CsvCell[] {
  const id = (kind: IdKind, uuid: string | null) => uuid && publicId(kind, uuid)
  return [
    isoFromMicros(item.at),
    item.kind,
    { credits: item.amount },
    { credits: item.balanceAfter },
    item.source,
    item.operation,
    id('app', item.appId),
    id('charge', item.chargeId),
    id('refund', item.refundId),
    id('grant', item.grantId),
    item.reason,
  ]
}
