import type { Pool } from 'pg'
import { newUuid } from '@/lib/ids'
import type { Micros } from '@/lib/instant'
import { millicredits, ZERO } from '@/lib/millicredits'
import type { ChargeInput } from '../charge-credits'
import { partsOf } from '../load-account'
import type { Charge } from '../records'
import { jsonArray, parsePlainArray, plainArray, textArray } from './arrays'

/** What a batch function says of a charge it made. */
type MadeRow = {
  charge_id: string
  at_micros: number
  balance_after: number
  grant_ids: string
  grant_amounts: string
}

const SQL = `select * from charge_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`

/** Charges many at once in one statement; null where the plain case does not hold and the one-by-one path must decide. */
export async function sendChargeBatch(
  pool: Pool,
  inputs: ChargeInput[],
  { now, lane }: { now: Date; lane: number },
): Promise<(Charge | null)[]> {
  const rows = inputs.map((input) => ({ ...input, id: newUuid() }))
  const values = [
    plainArray(rows.map((row) => row.accountId)),
    textArray(rows.map((row) => row.idempotency.key)),
    plainArray(rows.map((row) => row.idempotency.fingerprint)),
    plainArray(rows.map((row) => row.id)),
    textArray(rows.map((row) => row.operation)),
    plainArray(rows.map((row) => row.appId)),
    plainArray(rows.map((row) => row.creatorId)),
    jsonArray(rows.map((row) => row.usage)),
    plainArray(rows.map((row) => row.base)),
    plainArray(rows.map((row) => row.premium)),
    plainArray(rows.map((row) => row.priceVersion)),
    plainArray(rows.map((row) => row.premiumBps)),
    plainArray(rows.map((row) => row.needsSuper)),
    textArray(rows.map((row) => row.reference)),
    jsonArray(rows.map((row) => row.metadata)),
    textArray(rows.map((row) => row.fingerprint)),
  ]
  const made = await pool.query<MadeRow>({ name: 'charge-batch', text: SQL, values: [now, lane, ...values] })
  const byId = new Map(made.rows.map((row) => [row.charge_id, row]))
  return rows.map((row) => {
    const result = byId.get(row.id)
    if (!result) return null
    return {
      id: row.id,
      accountId: row.accountId,
      operation: row.operation,
      appId: row.appId,
      creatorId: row.creatorId,
      usage: row.usage,
      base: row.base,
      premium: row.premium,
      absorbed: ZERO,
      reward: row.creatorId === null ? ZERO : row.premium,
      priceVersion: row.priceVersion,
      premiumBps: row.premiumBps,
      reference: row.reference,
      metadata: row.metadata,
      fingerprint: row.fingerprint,
      holdId: null,
      ...placeOf(result),
    }
  })
}

/** Where and when a batch function put a charge. */
export function placeOf(row: MadeRow): Pick<Charge, 'at' | 'balanceAfter' | 'parts'> {
  return {
    at: row.at_micros as Micros,
    balanceAfter: millicredits(row.balance_after),
    parts: partsOf(parsePlainArray(row.grant_ids), parsePlainArray(row.grant_amounts).map(Number)),
  }
}
