import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { ENTRY_KINDS, type Entry, GRANT_SOURCES, type GrantSource } from '@/lib/credits/book/records'
import {
  amount,
  bigint,
  codec,
  instant,
  nullable,
  oneOf,
  type Row,
  text,
  uuid,
} from '@/lib/credits/store/codec'
import { readBook } from '@/lib/credits/verbs/get-balance'
import { InvalidRequest } from '@/lib/errors'
import { isoFromMicros, type Micros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import { decodeCursor, encodeCursor } from './cursor'

export const MOVEMENT_KINDS = [
  'charge',
  'refund',
  'grant',
  'expire',
  'revoke',
  'restore',
  'transfer',
] as const
/** `transfer`: rewards moved to spendable credits, that is, a grant with the source `reward`. */
export type MovementKind = (typeof MOVEMENT_KINDS)[number]

/** One movement of an account. Ids are uuids; fields that do not apply are null. */
export type Movement = {
  at: Micros
  kind: MovementKind
  /** Signed; positive adds credits. A fully absorbed charge moves nothing. */
  amount: number
  /** The account's available plus held credits after it. */
  balanceAfter: Millicredits
  /** The source of the affected grant. */
  source: GrantSource | null
  operation: string | null
  appId: string | null
  chargeId: string | null
  refundId: string | null
  grantId: string | null
  reason: string | null
  /** The effective time; an expiry is recorded by the next write, so this may be before `at`. */
  effectiveAt: Micros
  /** Null once recorded. Until then, its number among the due movements of its kind and grant, oldest first from 1. */
  dueNumber: number | null
}

type StatementInput = { accountId: string; cursor: string | null; limit: number }

export type StatementPage = { items: Movement[]; nextCursor: string | null }

/**
 * Every movement of an account, newest first, with the balance after it. Due movements that no write has recorded yet come
 * first, as they will be recorded. Paged by key, with three index scans per page. Throws `InvalidRequest` for an invalid
 * cursor, `NotFound` for another person's account.
 */
export async function readStatement(ctx: Context, input: StatementInput): Promise<StatementPage> {
  requireSight(ctx, input.accountId, 'user')
  const place = placeOf(input.cursor)
  const due = 'skip' in place ? (await dueMovements(ctx, input.accountId)).slice(place.skip) : []
  const shown = due.slice(0, input.limit)
  if (due.length > shown.length && 'skip' in place)
    return { items: shown, nextCursor: dueCursor(place.skip + shown.length) }
  const room = input.limit - shown.length
  const before = 'before' in place ? place.before : null
  const found = await readMovements(ctx, { accountId: input.accountId, before, limit: room + 1 })
  const items = [...shown, ...found.slice(0, room)]
  if (found.length <= room) return { items, nextCursor: null }
  const last = found[room - 1]
  const skip = 'skip' in place ? place.skip + shown.length : 0
  return { items, nextCursor: last === undefined ? dueCursor(skip) : encodeCursor(last.at) }
}

/** The start of a page: after some due, unrecorded movements, or before a recorded one. */
type Place = { skip: number } | { before: Micros }

const DUE_CURSOR = /^due-(\d{1,4})$/

function dueCursor(skip: number): string {
  return Buffer.from(`due-${skip}`).toString('base64url')
}

function placeOf(cursor: string | null): Place {
  if (cursor === null) return { skip: 0 }
  const due = DUE_CURSOR.exec(Buffer.from(cursor, 'base64url').toString())
  if (due === null) return { before: decodeCursor(cursor) }
  const skip = Number(due[1])
  if (dueCursor(skip) !== cursor) throw InvalidRequest.at('cursor', 'is not a cursor of this list')
  return { skip }
}

/** The movements that the next write will record first, newest first. */
export async function dueMovements(ctx: Context, accountId: string): Promise<Movement[]> {
  const book = await readBook(ctx, accountId)
  const isLike = (one: Entry) => (other: Entry) => other.kind === one.kind && other.grantId === one.grantId
  return book.entries
    .map((entry, index) => ({
      ...movementOf(entry, book.grant(entry.grantId).source, entry.kind),
      dueNumber: book.entries.slice(0, index + 1).filter(isLike(entry)).length,
    }))
    .reverse()
}

function movementOf(entry: Entry, source: GrantSource, kind: Entry['kind']): Omit<Movement, 'dueNumber'> {
  return {
    at: entry.at,
    kind: kindOf(kind, source),
    amount: entry.amount,
    balanceAfter: entry.balanceAfter,
    source,
    operation: null,
    appId: null,
    chargeId: null,
    refundId: null,
    // An unrecorded grant has no usable id yet.
    grantId: kind === 'grant' ? null : entry.grantId,
    reason: entry.reason,
    effectiveAt: entry.effectiveAt,
  }
}

function kindOf(kind: Entry['kind'] | 'charge' | 'refund', source: GrantSource | null): MovementKind {
  return kind === 'grant' && source === 'reward' ? 'transfer' : kind
}

/** A row of the statement, with the columns that charges, refunds and entries have in common. */
const MOVEMENT = codec<Omit<Movement, 'kind' | 'dueNumber'> & { kind: Entry['kind'] | 'charge' | 'refund' }>({
  at: instant('at'),
  kind: oneOf('kind', ['charge', 'refund', ...ENTRY_KINDS]),
  amount: bigint('amount'),
  balanceAfter: amount('balance_after'),
  source: nullable(oneOf('source', GRANT_SOURCES)),
  operation: nullable(text('operation')),
  appId: nullable(uuid('app_id')),
  chargeId: nullable(uuid('charge_id')),
  refundId: nullable(uuid('refund_id')),
  grantId: nullable(uuid('grant_id')),
  reason: nullable(text('reason')),
  effectiveAt: instant('effective_at'),
})

type MovementsInput = {
  accountId: string
  /** Null for the first page, which starts at the newest movement. */
  before: Micros | null
  limit: number
  /** The instant before which no movement is returned. */
  from?: Date | null
  /** The kinds of movements to return; null for all. */
  kinds?: readonly MovementKind[] | null
}

/** The recorded movements of an account, newest first. Callers check that they may be seen. */
export async function readMovements(ctx: Context, input: MovementsInput): Promise<Movement[]> {
  const { accountId, before, limit, from = null, kinds = null } = input
  const { rows } = await ctx.pool.query<Row>({
    name: 'read-statement',
    text: STATEMENT,
    values: [
      accountId,
      before === null ? 'infinity' : isoFromMicros(before),
      limit,
      from?.toISOString() ?? '-infinity',
      kinds,
    ],
  })
  return rows.map((row) => {
    const { kind, ...movement } = MOVEMENT.decode(row)
    return { ...movement, kind: kindOf(kind, movement.source), dueNumber: null }
  })
}

/** Each part is one scan of a primary key; no two movements of an account share an instant. */
const STATEMENT = `
  with part as (
    (select c.at, 'charge' as kind, -(c.base + c.premium - c.absorbed) as amount, c.balance_after, c.operation, c.app_id,
      c.id as charge_id, null::uuid as refund_id, null::uuid as grant_id, null::text as reason, c.at as effective_at
    from charges c where c.account_id = $1 and c.at < $2::timestamptz and c.at >= $4::timestamptz
      and ($5::text[] is null or 'charge' = any($5)) order by c.at desc limit $3)
    union all
    (select r.at, 'refund', r.amount, r.balance_after, null, null, r.charge_id, r.id, null, r.reason, r.at
    from refunds r where r.account_id = $1 and r.at < $2::timestamptz and r.at >= $4::timestamptz
      and ($5::text[] is null or 'refund' = any($5)) order by r.at desc limit $3)
    union all
    (select e.at, e.kind, e.amount, e.balance_after, null, null, null, null, e.grant_id, e.reason, e.effective_at
    from entries e where e.account_id = $1 and e.at < $2::timestamptz and e.at >= $4::timestamptz
      and ($5::text[] is null or case when e.kind = 'grant' and (select g.source from grants g
        where g.account_id = $1 and g.id = e.grant_id) = 'reward' then 'transfer' else e.kind end = any($5))
    order by e.at desc limit $3))
  select ${MOVEMENT.select('m')}
  from (
    select p.at, p.kind, p.amount, p.balance_after, g.source, coalesce(p.operation, c.operation) as operation,
      coalesce(p.app_id, c.app_id) as app_id, p.charge_id, p.refund_id, p.grant_id, p.reason, p.effective_at
    from (select * from part order by at desc limit $3) p
      left join grants g on g.account_id = $1 and g.id = p.grant_id
      left join charges c on p.kind = 'refund' and c.id = p.charge_id) m
  order by m.at desc`
