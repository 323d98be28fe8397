import type { Context } from '@/lib/context'
import type { Charge } from '@/lib/credits/book/records'
import type { Row } from '@/lib/credits/store/codec'
import { CHARGES } from '@/lib/credits/store/tables'
import type { Micros } from '@/lib/instant'
import type { ResolvedFilter } from './history-filter'

/** A range of account time in RFC 3339, to the microsecond: `lower` is inclusive, `upper` is exclusive. */
export type Range = { lower: string; upper: string }

/** `older` reads from the newest, `newer` from the oldest. */
export type Direction = 'older' | 'newer'

const SURFACE_OF = `case when c.operation like 'editor.%' then 'editor' when c.app_id is not null then 'app' else 'api' end`

/** Converts to lower case in any script; the database's own locale, C, would change only ASCII letters. */
const uncapitalised = (text: string) => `lower(${text} collate "und-x-icu")`

const FOUND_IN_METADATA = `exists (
    select from jsonb_each_text(c.metadata) m
    where strpos(${uncapitalised('m.key')}, ${uncapitalised('$6')}) > 0
      or strpos(${uncapitalised('m.value')}, ${uncapitalised('$6')}) > 0)`

const MATCHES = `($2::text is null or c.operation = $2) and ($3::uuid is null or c.app_id = $3)
  and ($4::text is null or $4 = ${SURFACE_OF}) and ($5::text is null or c.reference = $5)
  and ($6::text is null or strpos(${uncapitalised('c.reference')}, ${uncapitalised('$6')}) > 0 or ${FOUND_IN_METADATA})
  and ($10::uuid is null or c.run_id = $10)`

const ORDER = { older: 'desc', newer: 'asc' } satisfies Record<Direction, string>

/**
 * The first `limit` matching charges of the given ranges. Each range is one scan of the primary key that stops at `limit`,
 * so the cost depends on the ranges, not on the account's size.
 */
export async function readRanges(
  ctx: Context,
  filter: ResolvedFilter,
  ranges: Range[],
  limit: number,
  direction: Direction,
): Promise<Charge[]> {
  const order = ORDER[direction]
  const { rows } = await ctx.pool.query<Row>({
    name: `read-charges-${direction}`,
    text: `
      select c.* from unnest($7::timestamptz[], $8::timestamptz[]) as r (lower, upper)
      cross join lateral (
        select ${CHARGES.select('c')} from charges c
        where c.account_id = $1 and c.at >= r.lower and c.at < r.upper and ${MATCHES}
        order by c.at ${order} limit $9) c
      order by c.at ${order} limit $9`,
    values: [
      ...matchValues(filter),
      ranges.map((range) => range.lower),
      ranges.map((range) => range.upper),
      limit,
      filter.runId,
    ],
  })
  return rows.map(CHARGES.decode)
}

/**
 * The position after the first `count` charges of a range; null if the range has fewer. Reads that many entries of the
 * primary key.
 */
export async function placeAfter(
  ctx: Context,
  accountId: string,
  range: Range,
  count: number,
  direction: Direction,
): Promise<Micros | null> {
  const { rows } = await ctx.pool.query<{ at: Micros }>({
    name: `place-after-${direction}`,
    text: `
      select micros(c.at) as at from charges c
      where c.account_id = $1 and c.at >= $2::timestamptz and c.at < $3::timestamptz
      order by c.at ${ORDER[direction]} offset $4 - 1 limit 1`,
    values: [accountId, range.lower, range.upper, count],
  })
  return rows[0]?.at ?? null
}

/** The filters that have an index, and their condition. */
const INDEXED = { reference: 'c.reference = $5', run: 'c.run_id = $10' }

/** The first `limit` matching charges with the filter's reference or of its run, by that index. */
export async function readByIndex(
  ctx: Context,
  filter: ResolvedFilter,
  by: keyof typeof INDEXED,
  { range, limit, direction }: { range: Range; limit: number; direction: Direction },
): Promise<Charge[]> {
  const order = ORDER[direction]
  const { rows } = await ctx.pool.query<Row>({
    name: `read-charges-by-${by}-${direction}`,
    text: `
      select ${CHARGES.select('c')} from charges c
      where c.account_id = $1 and ${INDEXED[by]} and c.at >= $7::timestamptz and c.at < $8::timestamptz and ${MATCHES}
      order by c.at ${order} limit $9`,
    values: [...matchValues(filter), range.lower, range.upper, limit, filter.runId],
  })
  return rows.map(CHARGES.decode)
}

/** The charge with that id if it belongs to the account and is in the range. */
export async function readById(ctx: Context, filter: ResolvedFilter, range: Range): Promise<Charge[]> {
  const { rows } = await ctx.pool.query<Row>({
    name: 'read-charge-of-account',
    text: `
      select ${CHARGES.select('c')} from charges c
      where c.id = $9 and c.account_id = $1 and c.at >= $7::timestamptz and c.at < $8::timestamptz and ${MATCHES}`,
    values: [...matchValues(filter), range.lower, range.upper, filter.chargeId, filter.runId],
  })
  return rows.map(CHARGES.decode)
}

function matchValues(filter: ResolvedFilter): unknown[] {
  return [filter.accountId, filter.operation, filter.appId, filter.surface, filter.reference, filter.text]
}
