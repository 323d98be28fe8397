import type { Pool } from 'pg'
import type { Charge } from '@/lib/credits/book/records'
import { rewardLimits } from '@/lib/credits/book/reward-limits'
import type { CaptureInput } from '@/lib/credits/verbs/capture-hold'
import { newLedgerId } from '@/lib/ids'
import { ZERO } from '@/lib/millicredits'
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
  const rows = inputs.map((input) => ({ ...input, id: newLedgerId(input.hold.accountId) }))
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
    const { hold } = row
    return {
      id: row.id,
      accountId: hold.accountId,
      operation: hold.operation,
      appId: hold.appId,
      creatorId: row.creatorId,
      usage: row.usage,
      base: row.base,
      premium: row.premium,
      absorbed: ZERO,
      reward: row.creatorId === null ? ZERO : row.premium,
      priceVersion: hold.priceVersion,
      premiumBps: hold.premiumBps,
      reference: hold.reference,
      metadata: hold.metadata,
      fingerprint: hold.fingerprint,
      holdId: hold.id,
      ...placeOf(result),
    }
  })
}
