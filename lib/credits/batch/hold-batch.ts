import type { Pool } from 'pg'
import { type HoldInput, newHold } from '@/lib/credits/book/new-hold'
import type { Hold } from '@/lib/credits/book/records'
import { partsOf } from '@/lib/credits/store/load-account'
import { newLedgerId } from '@/lib/ids'
import { jsonArray, parsePlainArray, plainArray, textArray } from './arrays'
import type { BatchKind } from './run-batch'

type MadeRow = { hold_id: string; grant_ids: string; grant_amounts: string }

const SQL = `select * from hold_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`

export const HOLDS: BatchKind<HoldInput, Hold> = {
  name: 'hold',
  accountOf: (input) => input.accountId,
  send: sendHoldBatch,
}

/** Reserves for many at once in one statement; null where the one-by-one path must decide. */
export async function sendHoldBatch(
  pool: Pool,
  inputs: HoldInput[],
  { now }: { now: Date },
): Promise<(Hold | null)[]> {
  const rows = inputs.map((input) => ({
    input,
    hold: newHold(input, { id: newLedgerId(input.accountId), now, parts: [] }),
  }))
  const values = [
    plainArray(rows, ({ input }) => input.accountId),
    textArray(rows, ({ input }) => input.idempotency.key),
    plainArray(rows, ({ input }) => input.idempotency.fingerprint),
    plainArray(rows, ({ hold }) => hold.id),
    textArray(rows, ({ hold }) => hold.operation),
    plainArray(rows, ({ hold }) => hold.appId),
    jsonArray(rows, ({ hold }) => hold.usage),
    plainArray(rows, ({ hold }) => hold.amount),
    plainArray(rows, ({ hold }) => hold.limit),
    plainArray(rows, ({ hold }) => hold.priceVersion),
    plainArray(rows, ({ hold }) => hold.premiumBps),
    textArray(rows, ({ input }) => input.tier),
    plainArray(rows, ({ hold }) => hold.expiresAt.toISOString()),
    jsonArray(rows, ({ hold }) => hold),
    textArray(rows, ({ hold }) => hold.reference),
    jsonArray(rows, ({ hold }) => hold.metadata),
    textArray(rows, ({ hold }) => hold.fingerprint),
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
