import type { Pool } from 'pg'
import { z } from 'zod'
import { CHECKOUT_STATUSES, type CheckoutStatus } from '@/lib/billing/types'
import { problemWithText } from '@/lib/http/read-body'
import { type Millicredits, millicredits } from '@/lib/millicredits'

/** The offer, which is fixed when the session is created, even if the catalogue changes later. */
export type Offer = {
  kind: 'plan' | 'pack'
  key: string
  /** The credits of one unit. */
  credits: Millicredits
  /** The price of one unit in minor units. */
  amount: number
  currency: string
  quantity: number
  /** Null if the credits never expire. */
  expiresAfterDays: number | null
}

export type CheckoutRow = Offer & {
  id: string
  accountId: string
  status: CheckoutStatus
  returnTo: string | null
}

const row = z
  .object({
    id: z.string(),
    account_id: z.string(),
    kind: z.enum(['plan', 'pack']),
    key: z.string(),
    credits: z.number(),
    amount: z.number(),
    currency: z.string(),
    quantity: z.number(),
    expires_after_days: z.number().nullable(),
    status: z.enum(CHECKOUT_STATUSES),
    return_to: z.string().nullable(),
  })
  .transform(
    ({ account_id, credits, expires_after_days, return_to, ...rest }): CheckoutRow => ({
      ...rest,
      accountId: account_id,
      credits: millicredits(credits),
      expiresAfterDays: expires_after_days,
      returnTo: return_to,
    }),
  )

const COLUMNS =
  'id, account_id, kind, key, credits, amount, currency, quantity, expires_after_days, status, return_to'

type Db = Pick<Pool, 'query'>

/** A checkout started by this product; null for any other. */
export async function findCheckout(db: Db, sessionId: string): Promise<CheckoutRow | null> {
  if (problemWithText(sessionId) !== null) return null
  const text = `select ${COLUMNS} from checkout_sessions where id = $1`
  const { rows } = await db.query({ name: 'find-checkout', text, values: [sessionId] })
  return rows.length === 0 ? null : row.parse(rows[0])
}

/** The number of checkouts that an account has started, and its newest open one of this kind. */
export async function checkoutsOf(
  db: Db,
  accountId: string,
  offer: Pick<Offer, 'kind' | 'key'>,
): Promise<{ count: number; open: string | null }> {
  const { rows } = await db.query<{ count: number; open: string | null }>({
    name: 'checkouts-of',
    text: `
      select count(*)::int as count, (select id from checkout_sessions where account_id = $1 and kind = $2 and key = $3
        and status = 'open' order by created_at desc, id desc limit 1) as open
      from checkout_sessions where account_id = $1`,
    values: [accountId, offer.kind, offer.key],
  })
  return rows[0] ?? { count: 0, open: null }
}
