import type { Pool } from 'pg'
import { newUuid } from '@/lib/ids'
import { type HoldInput, newHold } from '../hold-credits'
import { partsOf } from '../load-account'
import type { Hold } from '../records'
import { columns, json } from './columns'

type MadeRow = { hold_id: string; grant_ids: string[]; grant_amounts: number[] }

const SQL = `select * from hold_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`

/** Reserves for many at once in one statement; null where the one-by-one path must decide. */
export async function sendHoldBatch(pool: Pool, inputs: HoldInput[], { now }: { now: Date }): Promise<(Hold | null)[]> {
  const rows = inputs.map((input) => ({ input, hold: newHold(input, { id: newUuid(), now, parts: [] }) }))
  const values = columns(
    rows,
    ({ input }) => input.accountId,
    ({ input }) => input.idempotency.key,
    ({ input }) => input.idempotency.fingerprint,
    ({ hold }) => hold.id,
    ({ hold }) => hold.operation,
    ({ hold }) => hold.appId,
    ({ hold }) => json(hold.usage),
    ({ hold }) => hold.amount,
    ({ hold }) => hold.limit,
    ({ hold }) => hold.priceVersion,
    ({ hold }) => hold.premiumBps,
    ({ input }) => input.needsSuper,
    ({ hold }) => hold.expiresAt,
    ({ hold }) => json(hold),
    ({ hold }) => hold.reference,
    ({ hold }) => json(hold.metadata),
    ({ hold }) => hold.fingerprint,
  )
  const made = await pool.query<MadeRow>({ name: 'hold-batch', text: SQL, values: [now, ...values] })
  const byId = new Map(made.rows.map((row) => [row.hold_id, row]))
  return rows.map(({ hold }) => {
    const result = byId.get(hold.id)
    return result ? { ...hold, parts: partsOf(result.grant_ids, result.grant_amounts) } : null
  })
}
