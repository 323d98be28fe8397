import { z } from 'zod'
import type { Charge, Hold } from '@/lib/credits/book/records'
import { NotFound } from '@/lib/errors'
import type { Micros } from '@/lib/instant'
import { millicredits } from '@/lib/millicredits'
import { holdRow, partsOf, type Queryable } from './load-account'

const amount = z.number().transform((value) => millicredits(value))

const chargeRow = z
  .object({
    id: z.string(),
    account_id: z.string(),
    at_micros: z.number(),
    operation: z.string(),
    app_id: z.string().nullable(),
    creator_id: z.string().nullable(),
    usage: z.looseObject({}),
    base: amount,
    premium: amount,
    absorbed: amount,
    reward: amount,
    price_version: z.number(),
    premium_bps: z.number(),
    grant_ids: z.array(z.string()),
    grant_amounts: z.array(z.coerce.number()),
    balance_after: amount,
    hold_id: z.string().nullable(),
    reference: z.string().nullable(),
    metadata: z.record(z.string(), z.string()).nullable(),
    fingerprint: z.string().nullable(),
  })
  .transform(
    (row): Charge => ({
      id: row.id,
      accountId: row.account_id,
      at: row.at_micros as Micros,
      operation: row.operation,
      appId: row.app_id,
      creatorId: row.creator_id,
      usage: row.usage,
      base: row.base,
      premium: row.premium,
      absorbed: row.absorbed,
      reward: row.reward,
      priceVersion: row.price_version,
      premiumBps: row.premium_bps,
      parts: partsOf(row.grant_ids, row.grant_amounts),
      balanceAfter: row.balance_after,
      holdId: row.hold_id,
      reference: row.reference,
      metadata: row.metadata,
      fingerprint: row.fingerprint,
    }),
  )

/** The columns `parseCharge` reads, of a table or alias called `c`. */
export const CHARGE_COLUMNS = `c.id, c.account_id, micros(c.at) as at_micros, c.operation, c.app_id, c.creator_id, c.usage,
  c.base, c.premium, c.absorbed, c.reward, c.price_version, c.premium_bps, c.grant_ids, c.grant_amounts, c.balance_after,
  c.hold_id, c.reference, c.metadata, c.fingerprint`

export function parseCharge(row: unknown): Charge {
  return chargeRow.parse(row)
}

/** A charge by its id, whoever paid it; throws `NotFound`. Whether the caller may see it is the caller's to ask. */
export async function loadCharge(db: Queryable, id: string): Promise<Charge> {
  const { rows } = await db.query({
    name: 'load-charge',
    text: `select ${CHARGE_COLUMNS} from charges c where c.id = $1`,
    values: [id],
  })
  if (rows.length === 0) throw new NotFound('charge')
  return parseCharge(rows[0])
}

/** A hold by its id, as stored: one past its expiry may still say `open`. Throws `NotFound`. */
export async function loadHold(db: Queryable, id: string): Promise<Hold> {
  const { rows } = await db.query({
    name: 'load-hold',
    text: 'select to_json(h) as hold from holds h where h.id = $1',
    values: [id],
  })
  if (rows.length === 0) throw new NotFound('hold')
  return holdRow.parse(rows[0]?.hold)
}
