import type { ClientBase } from 'pg'
import type { Micros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import type { Lot, ReplayedEntry } from './replay'

/*
 * The rows of the ledger that a simulation reads. Accounts are read in blocks, each in one snapshot that locks nothing;
 * within a block, cursors deliver a thousand rows at a time, so that memory does not grow with the number of movements
 * and other work gets its turn.
 */

const ROWS_AT_ONCE = 1_000

/** The accounts in a block, ordered by id, with the plans they had. */
export type Account = { id: string; plan: string; changes: { at: Micros; before: string | null }[] }

export type Span = { from: Date; to: Date; first: string; last: string }

export type StoredCharge = {
  accountId: string
  at: Micros
  id: string
  operation: string
  usage: string
  appId: string | null
  creatorId: string | null
  base: Millicredits
  premium: Millicredits
  absorbed: Millicredits
  reward: Millicredits
  priceVersion: number
  /** The amount refunded so far. */
  refunded: Millicredits
}

/** A charge with the fields that a replay needs. */
export type PaidCharge = StoredCharge & {
  grantIds: string[]
  grantAmounts: Millicredits[]
  balanceAfter: Millicredits
  holdId: string | null
}

/** Microseconds of a timestamptz as a double, which is exact and cheaper than `micros`. */
const at = (column: string) => `round(date_part('epoch', ${column}) * 1000000)`

const IN_SPAN = `account_id >= $3 and account_id <= $4 and at >= $1 and at < $2`

/** The number of charges in a time range, to show progress. */
export async function countCharges(
  client: ClientBase,
  { from, to, accountId }: { from: Date; to: Date; accountId: string | null },
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*) as count from charges where at >= $1 and at < $2 and ($3::uuid is null or account_id = $3)`,
    [from, to, accountId],
  )
  return rows[0]?.count ?? 0
}

/** The next accounts after `after` that have moved credits since an instant. */
export async function readAccounts(
  client: ClientBase,
  { since, after, count }: { since: Date; after: string; count: number },
): Promise<Account[]> {
  const { rows } = await client.query<{ id: string; plan: string; changes: Account['changes'] }>(
    `with block as materialized (
       select account_id, plan from wallets where account_id > $1 and last_at >= $2 order by account_id limit $3)
     select account_id as id, plan, coalesce((
       select json_agg(json_build_object('at', ${at('p.at')}, 'before', p.plan_before) order by p.at)
       from plan_changes p where p.account_id = b.account_id and p.at >= $2), '[]') as changes
     from block b order by account_id`,
    [after, since, count],
  )
  return rows
}

/** The plan an account was on at an instant; null before its first. */
export function planAt({ plan, changes }: Account, instant: Micros): string | null {
  const later = changes.find((change) => change.at > instant)
  return later ? later.before : plan
}

/** A grant with its price, if it was bought. */
export type PricedLot = Lot & {
  accountId: string
  price: { currency: string; paid: number; granted: number } | null
}

/** A block's grants with what was left of them at its start: the current value with every later movement undone. */
export async function readLots(client: ClientBase, { from, first, last }: Span): Promise<PricedLot[]> {
  const { rows } = await client.query(
    `with moved as (
       select account_id, grant_id, sum(amount) as amount from (
         select c.account_id, p.grant_id, p.amount from charges c
           cross join lateral unnest(c.grant_ids, c.grant_amounts) p (grant_id, amount)
           where c.account_id >= $2 and c.account_id <= $3 and c.at >= $1
         union all select r.account_id, p.grant_id, -p.amount from refunds r
           cross join lateral unnest(r.grant_ids, r.grant_amounts) p (grant_id, amount)
           where r.account_id >= $2 and r.account_id <= $3 and r.at >= $1
         union all select account_id, grant_id, -amount from entries
           where account_id >= $2 and account_id <= $3 and at >= $1) movements
       group by account_id, grant_id)
     select g.account_id as "accountId", g.id, g.source, greatest(g.expires_at, g.period_end) as "expiresAt",
       g.expires_at as "endsAt", g.created_at as "createdAt",
       (g.remaining + g.held + coalesce(m.amount, 0))::bigint as left,
       g.source = 'promo' and g.reason like 'refund of %' as "fromRefund",
       case when g.paid_amount > 0 then json_build_object(
         'currency', g.paid_currency, 'paid', g.paid_amount - coalesce(g.paid_tax, 0), 'granted', g.granted) end as price
     from grants g left join moved m on m.account_id = g.account_id and m.grant_id = g.id
     where g.account_id >= $2 and g.account_id <= $3
       and (g.remaining + g.held > 0 or m.grant_id is not null or g.expires_at is null or g.expires_at >= $1)`,
    [from, first, last],
  )
  return rows
}

const chargesWith = (more: string) => `
  select account_id as "accountId", ${at('at')} as at, id, operation, usage::text as usage, app_id as "appId",
    creator_id as "creatorId", base, premium, absorbed, reward, price_version as "priceVersion"${more},
    case when $5 then coalesce((select sum(r.amount) from refunds r
      where r.account_id = c.account_id and r.charge_id = c.id), 0)::bigint else 0 end as refunded
  from charges c where ${IN_SPAN} order by account_id, at`

/** The arrays are left out, because decoding them takes as long as everything else. */
const PRICED = chargesWith('')
const REPLAYED =
  chargesWith(`, grant_ids as "grantIds", grant_amounts as "grantAmounts", balance_after as "balanceAfter",
    hold_id as "holdId"`)

const REFUNDS = `
  select account_id as "accountId", ${at('at')} as at, charge_id as "chargeId", amount
  from refunds where ${IN_SPAN} order by account_id, at`

const ENTRIES = `
  select account_id as "accountId", ${at('at')} as at, kind, grant_id as "grantId", amount
  from entries where ${IN_SPAN} order by account_id, at`

/** Holds that were open in the span. */
const OPEN_IN_SPAN = `h.account_id >= $3 and h.account_id <= $4 and h.created_at < $2 and (h.closed_at is null or h.closed_at >= $1)`

/**
 * Holds are dated to the millisecond, movements to the microsecond. A hold opens at the end of its millisecond and ends
 * at the beginning of one, so that credits freed in the same millisecond are available.
 */
export const END_OF_MS = 999

const HOLDS = `
  select h.account_id as "accountId", ${at('h.created_at')} + ${END_OF_MS} as at, h.id, h.operation, h.usage::text as usage, h.amount,
    h.limit_amount as "limit", h.price_version as "priceVersion", coalesce(a.creator_id <> h.account_id, false) as "inOthersApp"
  from holds h left join apps a on a.id = h.app_id where ${OPEN_IN_SPAN} order by h.account_id, h.created_at, h.id`

/** The ends of holds that ended without a charge. A capture after the expiry found nothing reserved. */
const ENDS = `
  select h.account_id as "accountId", ${at('least(h.closed_at, h.expires_at)')} as at, h.id
  from holds h where ${OPEN_IN_SPAN} and least(h.closed_at, h.expires_at) < $2
    and (h.status <> 'captured' or h.closed_at > h.expires_at)
  order by h.account_id, least(h.closed_at, h.expires_at), h.id`

export type StoredHold = {
  accountId: string
  at: Micros
  id: string
  operation: string
  usage: string
  amount: Millicredits
  limit: Millicredits | null
  priceVersion: number
  inOthersApp: boolean
}

export type Sources = {
  charges: Source<PaidCharge>
  refunds: Source<{ accountId: string; at: Micros; chargeId: string; amount: Millicredits }>
  entries: Source<ReplayedEntry & { accountId: string; at: Micros }>
  holds: Source<StoredHold>
  ends: Source<{ accountId: string; at: Micros; id: string }>
}

/** Opens a cursor over the charges of a span, ordered by account and time. Requires a transaction. */
export function openCharges(client: ClientBase, span: Span): Promise<Source<StoredCharge>> {
  return openChargesAs(client, PRICED, span)
}

async function openChargesAs<Row extends StoredCharge>(
  client: ClientBase,
  text: string,
  { from, to, first, last }: Span,
): Promise<Source<Row>> {
  const { rows } = await client.query(
    'select 1 from refunds where account_id >= $1 and account_id <= $2 and at >= $3 limit 1',
    [first, last, from],
  )
  return Source.open(client, {
    name: 'charges_again',
    text,
    values: [from, to, first, last, rows.length > 0],
  })
}

/** Opens cursors over everything that moves balances in a span. */
export async function openMovements(client: ClientBase, span: Span): Promise<Sources> {
  const values = [span.from, span.to, span.first, span.last]
  return {
    charges: await openChargesAs(client, REPLAYED, span),
    refunds: await Source.open(client, { name: 'refunds_again', text: REFUNDS, values }),
    entries: await Source.open(client, { name: 'entries_again', text: ENTRIES, values }),
    holds: await Source.open(client, { name: 'holds_again', text: HOLDS, values }),
    ends: await Source.open(client, { name: 'ends_again', text: ENDS, values }),
  }
}

/** The rows of a query, read a thousand at a time. */
export class Source<Row extends object> {
  #rows: Row[] = []
  #next = 0
  #isOver = false
  #ahead: Promise<Row[]> | null = null

  private constructor(
    readonly client: ClientBase,
    readonly name: string,
  ) {}

  static async open<Row extends object>(
    client: ClientBase,
    { name, text, values }: { name: string; text: string; values: unknown[] },
  ): Promise<Source<Row>> {
    await client.query(`declare ${name} no scroll cursor for ${text}`, values)
    return new Source<Row>(client, name)
  }

  /** The next row, which `take` removes; undefined at the end. Valid after `fill`. */
  get head(): Row | undefined {
    return this.#rows[this.#next]
  }

  take(): Row | undefined {
    const row = this.head
    this.#next += 1
    return row
  }

  get isEmpty(): boolean {
    return this.#next >= this.#rows.length && !this.#isOver
  }

  /** Waits for more rows if all were taken, and starts to read the rows after those. */
  async fill(): Promise<void> {
    if (!this.isEmpty) return
    const rows = await (this.#ahead ?? this.#read())
    this.#isOver = rows.length < ROWS_AT_ONCE
    this.#rows = rows
    this.#next = 0
    this.#ahead = this.#isOver ? null : this.#read()
    // A stopped simulation does not wait for these rows.
    this.#ahead?.catch(() => undefined)
  }

  async #read(): Promise<Row[]> {
    const { rows } = await this.client.query<Row>(`fetch ${ROWS_AT_ONCE} from ${this.name}`)
    return rows
  }
}
