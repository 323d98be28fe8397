import type { Pool } from 'pg'
import { catalogAt } from '@/lib/catalogs/current'
import type { HoldInput } from '@/lib/credits/book/inputs'
import { newHold } from '@/lib/credits/book/new-hold'
import type { Hold } from '@/lib/credits/book/records'
import { codec, date, extend, json, pick, text } from '@/lib/credits/store/codec'
import * as tables from '@/lib/credits/store/tables'
import { batchFunction, MARK, markOf } from './batch-function'
import type { BatchKind } from './run-batch'

const ASKED = pick(
  tables.HOLDS,
  'accountId',
  'operation',
  'appId',
  'runId',
  'usage',
  'amount',
  'limit',
  'priceVersion',
  'premiumBps',
  'expiresAt',
  'reference',
  'metadata',
  'fingerprint',
)

export const HOLD_BATCH = batchFunction('hold_batch', {
  settings: codec<{ now: Date }>({ now: date('now') }),
  /** `result`: the hold as stored with its key. */
  request: extend(ASKED, { ...MARK, tier: text('tier'), result: json('result') }),
  made: pick(tables.HOLDS, 'id', 'parts'),
})

export const HOLDS: BatchKind<HoldInput, Hold> = {
  name: 'hold',
  accountOf: (input) => input.accountId,
  send: sendHoldBatch,
}

/** Makes many holds in one statement. Returns null for a hold that the one-by-one path must decide. */
export async function sendHoldBatch(
  pool: Pool,
  inputs: HoldInput[],
  { now }: { now: Date },
): Promise<(Hold | null)[]> {
  const catalog = catalogAt(now)
  const requests = inputs.map((input) => {
    const mark = markOf(input.accountId, input.idempotency)
    const hold = newHold(input, { id: mark.id, now, catalog, parts: [] })
    return Object.assign(mark, hold, { tier: input.tier, result: hold })
  })
  const made = await HOLD_BATCH.call(pool, { now }, requests)
  const partsOf = new Map(made.map(({ id, parts }) => [id, parts]))
  return requests.map(({ result: hold }) => {
    const parts = partsOf.get(hold.id)
    return parts ? Object.assign(hold, { parts }) : null
  })
}
