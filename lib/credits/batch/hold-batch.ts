import type { Pool } from 'pg'
import { newUuid } from '@/lib/ids'
import { type HoldInput, newHold } from '../hold-credits'
import { partsOf } from '../load-account'
import type { Hold } from '../records'
import { jsonArray, parsePlainArray, plainArray, textArray } from './arrays'

type MadeRow = { hold_id: string; grant_ids: string; grant_amounts: string }

const SQL = `select * from hold_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`

/** Reserves for many at once in one statement; null where the one-by-one path must decide. */
export async function sendHoldBatch(
  pool: Pool,
  inputs: HoldInput[],
  { now }: { now: Date },
): Promise<(Hold | null)[]> {
  const rows = inputs.map((input) => ({ input, hold: newHold(input, { id: newUuid(), now, parts: [] }) }))
  const values = [
    plainArray(rows.map(({ input }) => input.accountId)),
    textArray(rows.map(({ input }) => input.idempotency.key)),
    plainArray(rows.map(({ input }) => input.idempotency.fingerprint)),
    plainArray(rows.map(({ hold }) => hold.id)),
    textArray(rows.map(({ hold }) => hold.operation)),
    plainArray(rows.map(({ hold }) => hold.appId)),
    jsonArray(rows.map(({ hold }) => hold.usage)),
    plainArray(rows.map(({ hold }) => hold.amount)),
    plainArray(rows.map(({ hold }) => hold.limit)),
    plainArray(rows.map(({ hold }) => hold.priceVersion)),
    plainArray(rows.map(({ hold }) => hold.premiumBps)),
    plainArray(rows.map(({ input }) => input.needsSuper)),
    plainArray(rows.map(({ hold }) => hold.expiresAt.toISOString())),
    jsonArray(rows.map(({ hold }) => hold)),
    textArray(rows.map(({ hold }) => hold.reference)),
    jsonArray(rows.map(({ hold }) => hold.metadata)),
    textArray(rows.map(({ hold }) => hold.fingerprint)),
  ]
  const made = await pool.query<MadeRow>({ name: 'hold-batch', text: SQL, values: [now, ...values] })
  const byId = new Map(made.rows.map((row) => [row.hold_id, row]))
  return rows.map(({ hold }) => {
    const result = byId.get(hold.id)
    return result
      ? {
          ...hold,
          parts: partsOf(
            parsePlainArray(result.grant_ids),
            parsePlainArray(result.grant_amounts).map(Number),
          ),
        }
      : null
  })
}
