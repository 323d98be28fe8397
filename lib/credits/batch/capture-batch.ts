import type { Pool } from 'pg'
import type { CaptureInput } from '@/lib/credits/book/inputs'
import { chargeOfHold, newCharge } from '@/lib/credits/book/new-charge'
import type { Charge } from '@/lib/credits/book/records'
import { rewardLimits } from '@/lib/credits/book/reward-limits'
import { newUuid } from '@/lib/ids'
import { jsonArray, plainArray, textArray } from './arrays'
import { placeOf } from './charge-batch'
import type { BatchKind } from './run-batch'

type MadeRow = Parameters<typeof placeOf>[0] & { charge_id: string }

const SQL = `select * from capture_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

export const CAPTURES: BatchKind<CaptureInput, Charge> = {
  name: 'capture',
  accountOf: (input) => input.hold.accountId,
  send: sendCaptureBatch,
}

/** Captures many holds at once in one statement; null where the one-by-one path must decide. */
export async function sendCaptureBatch(
  pool: Pool,
  inputs: CaptureInput[],
  { now, lane }: { now: Date; lane: number },
): Promise<(Charge | null)[]> {
  const rows = inputs.map((input) => ({ ...input, id: newUuid() }))
  const values = [
    plainArray(rows, (row) => row.hold.accountId),
    textArray(rows, (row) => row.idempotency.key),
    plainArray(rows, (row) => row.idempotency.fingerprint),
    plainArray(rows, (row) => row.id),
    plainArray(rows, (row) => row.hold.id),
    plainArray(rows, (row) => row.creatorId),
    jsonArray(rows, (row) => row.usage),
    plainArray(rows, (row) => row.base),
    plainArray(rows, (row) => row.premium),
  ]
  const made = await pool.query<MadeRow>({
    name: 'capture-batch',
    text: SQL,
    values: [now, lane, ...values, ...rewardLimits()],
  })
  const byId = new Map(made.rows.map((row) => [row.charge_id, row]))
  return rows.map((row) => {
    const result = byId.get(row.id)
    if (!result) return null
    return newCharge(chargeOfHold(row), { id: row.id, ...placeOf(result) })
  })
}
