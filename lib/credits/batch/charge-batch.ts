import type { Pool } from 'pg'
import { newUuid } from '@/lib/ids'
import type { Micros } from '@/lib/instant'
import { ZERO, millicredits } from '@/lib/millicredits'
import type { ChargeInput } from '../charge-credits'
import { partsOf } from '../load-account'
import type { Charge } from '../records'
import { columns, json } from './columns'

/** What a batch function says of a charge it made. */
type MadeRow = {
  charge_id: string
  at_micros: number
  balance_after: number
  grant_ids: string[]
  grant_amounts: number[]
}

const SQL = `select * from charge_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`

/** Charges many at once in one statement; null where the plain case does not hold and the one-by-one path must decide. */
export async function sendChargeBatch(
  pool: Pool,
  inputs: ChargeInput[],
  { now, lane }: { now: Date; lane: number },
): Promise<(Charge | null)[]> {
  const rows = inputs.map((input) => ({ ...input, id: newUuid() }))
  const values = columns(
    rows,
    (row) => row.accountId,
    (row) => row.idempotency.key,
    (row) => row.idempotency.fingerprint,
    (row) => row.id,
    (row) => row.operation,
    (row) => row.appId,
    (row) => row.creatorId,
    (row) => json(row.usage),
    (row) => row.base,
    (row) => row.premium,
    (row) => row.priceVersion,
    (row) => row.premiumBps,
    (row) => row.needsSuper,
    (row) => row.reference,
    (row) => json(row.metadata),
    (row) => row.fingerprint,
  )
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
    parts: partsOf(row.grant_ids, row.grant_amounts),
  }
}
