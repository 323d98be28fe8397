import type { Pool } from 'pg'
import { z } from 'zod'
import { problemWithText } from '@/lib/http/read-body'

const money = z.object({ amount: z.number(), currency: z.string() })

/** Notices to staff about money, by kind. `subject` is a Stripe id. Amounts are in minor units of their currency. */
const noticeFacts = z.discriminatedUnion('kind', [
  /** A payment differs from what was sold, so nothing was granted for it. */
  z.object({
    kind: z.literal('mismatch'),
    facts: z.object({
      reason: z.enum(['amount', 'currency', 'price', 'period', 'customer']),
      paid: money,
      expected: money.nullable(),
      /** The key of the plan or pack. */
      sold: z.string(),
      payment: z.string().nullable(),
    }),
  }),
  /** Money that bought nothing was refunded. */
  z.object({
    kind: z.literal('returned'),
    facts: money.extend({
      why: z.enum(['second', 'over']),
      payment: z.string().nullable(),
      invoice: z.string(),
    }),
  }),
  /** A plan ended because Stripe does not know its subscription. */
  z.object({ kind: z.literal('ended'), facts: z.object({ plan: z.string(), since: z.coerce.date() }) }),
  /** The reconciler is waiting for permission to make this many changes. */
  z.object({ kind: z.literal('held'), facts: z.object({ ends: z.number(), refunds: z.number() }) }),
  /** The key belongs to another Stripe account or mode. */
  z.object({
    kind: z.literal('other_account'),
    facts: z.object({ own: z.string(), found: z.string(), livemode: z.boolean() }),
  }),
  /** A webhook endpoint of the platform failed for five days and was switched off. */
  z.object({
    kind: z.literal('endpoint_off'),
    facts: z.object({ endpoint: z.string(), since: z.coerce.date() }),
  }),
  /** The reconciler repaired a state that no event reported. */
  z.object({ kind: z.literal('mended'), facts: z.object({ what: z.array(z.string()) }) }),
])

const row = z
  .object({
    id: z.string(),
    kind: z.string(),
    account_id: z.string().nullable(),
    subject: z.string(),
    facts: z.unknown(),
    noticed_at: z.date(),
  })
  .transform(({ account_id: accountId, noticed_at: noticedAt, kind, facts, ...rest }) => ({
    ...rest,
    accountId,
    noticedAt,
    ...noticeFacts.parse({ kind, facts }),
  }))

export type BillingNotice = z.output<typeof row>
export type NoticeKind = BillingNotice['kind']
export type MismatchNotice = Extract<BillingNotice, { kind: 'mismatch' }>

/** A notice by its id; null if there is none. */
export async function findNotice(db: Pick<Pool, 'query'>, id: string): Promise<BillingNotice | null> {
  // PostgreSQL cannot store a NUL character, so no notice has such an id.
  if (problemWithText(id) !== null) return null
  const { rows } = await db.query({
    name: 'find-billing-notice',
    text: `select ${COLUMNS} from billing_notices where id = $1`,
    values: [id],
  })
  return rows.length === 0 ? null : row.parse(rows[0])
}

/** The open mismatch of a payment; null if there is none or staff have decided. */
export async function findMismatch(
  db: Pick<Pool, 'query'>,
  paymentIntent: string,
): Promise<MismatchNotice | null> {
  const { rows } = await db.query({
    name: 'find-mismatch',
    text: `
      select ${COLUMNS} from billing_notices
      where kind = 'mismatch' and closed_at is null and facts ->> 'payment' = $1 limit 1`,
    values: [paymentIntent],
  })
  const found = rows.length === 0 ? null : row.parse(rows[0])
  return found?.kind === 'mismatch' ? found : null
}

const LISTED_MAX = 20
const COLUMNS = 'id, kind, account_id, subject, facts, noticed_at'

/** Open notices, newest first, of one account or, with null, of all. */
export async function listNotices(
  db: Pick<Pool, 'query'>,
  accountId: string | null,
): Promise<BillingNotice[]> {
  const { rows } = await db.query({
    name: 'open-billing-notices',
    text: `
      select ${COLUMNS} from billing_notices
      where closed_at is null and ($1::uuid is null or account_id = $1)
      order by noticed_at desc, id limit ${LISTED_MAX}`,
    values: [accountId],
  })
  return rows.map((found) => row.parse(found))
}
