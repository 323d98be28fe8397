import { z } from 'zod'
import type { Context } from '@/lib/context'
import type { Charge } from '@/lib/credits/book/records'
import { dateFromMicros, isoFromMicros, type Micros, micros, utcDay } from '@/lib/instant'
import { type ChargeView, viewCharges } from './charge-view'
import { decodeCursor, encodeCursor } from './cursor'
import { dayStart, ROLLED_UP_SURFACE, startOfDay } from './days'
import { type HistoryFilter, type ResolvedFilter, resolveFilter } from './history-filter'
import { type Direction, placeAfter, type Range, readById, readByIndex, readRanges } from './read-charges'

export type ListChargesInput = HistoryFilter & {
  /** `nextCursor` of the previous page; null for the first page. */
  cursor: string | null
  limit: number
  /** `newer` reads from the cursor towards newer charges; items are still newest first. */
  direction?: Direction
}

export type ChargePage = {
  items: ChargeView[]
  /** Continues in the requested direction; null if nothing can follow. */
  nextCursor: string | null
  /** The instant up to which charges were searched, if the search stopped before the end of the range; otherwise null. */
  searchedTo: Date | null
}

/**
 * Charges of an account, newest first, paged by key. A short page may still have a successor, because a search for rare
 * matches on a busy account ends at the read limit. Throws `InvalidRequest` for an invalid cursor or operation, `NotFound`
 * for an unknown app.
 */
export async function listCharges(ctx: Context, input: ListChargesInput): Promise<ChargePage> {
  const filter = await resolveFilter(ctx, input)
  const direction = input.direction ?? 'older'
  const range = remainingRange(filter, input.cursor === null ? null : decodeCursor(input.cursor), direction)
  const found = await findCharges(ctx, filter, range, input.limit + 1, direction)
  const page = found.charges.slice(0, input.limit)
  const last = page.at(-1)
  const isFull = found.charges.length > input.limit
  const more = isFull && last ? last.at : found.stoppedAt
  const items = await viewCharges(ctx, direction === 'older' ? page : page.toReversed())
  return {
    items,
    nextCursor: more === null ? null : encodeCursor(more),
    searchedTo: isFull || found.stoppedAt === null ? null : dateFromMicros(found.stoppedAt),
  }
}

type InstantRange = { lower: Micros; upper: Micros }

function remainingRange(filter: ResolvedFilter, cursor: Micros | null, direction: Direction): InstantRange {
  const lower = micros(filter.from)
  const upper = micros(filter.to)
  if (cursor === null) return { lower, upper }
  if (direction === 'older') return { lower, upper: Math.min(cursor, upper) as Micros }
  return { lower: Math.max(cursor + 1, lower) as Micros, upper }
}

/** `stoppedAt`: the instant to continue from if the search stopped before the end of the range; otherwise null. */
type Found = { charges: Charge[]; stoppedAt: Micros | null }

async function findCharges(
  ctx: Context,
  filter: ResolvedFilter,
  range: InstantRange,
  limit: number,
  direction: Direction,
): Promise<Found> {
  if (range.lower >= range.upper) return { charges: [], stoppedAt: null }
  const whole = isoRange(range)
  const page = { range: whole, limit, direction }
  const all = (charges: Charge[]): Found => ({ charges, stoppedAt: null })
  if (filter.chargeId !== null) return all(await readById(ctx, filter, whole))
  if (filter.runId !== null) return all(await readByIndex(ctx, filter, 'run', page))
  if (filter.reference !== null) return all(await readByIndex(ctx, filter, 'reference', page))
  if (filter.text !== null) {
    // Most searches are for a pasted reference, which the index finds however old the charge is.
    const exact = { ...filter, reference: filter.text, text: null }
    const found = await readByIndex(ctx, exact, 'reference', page)
    if (found.length > 0) return all(found)
  }
  const open =
    filter.operation === null && filter.appId === null && filter.surface === null && filter.text === null
  if (open) return all(await readRanges(ctx, filter, [whole], limit, direction))
  return searchDays(ctx, filter, range, limit, direction)
}

function isoRange({ lower, upper }: InstantRange): Range {
  return { lower: isoFromMicros(lower), upper: isoFromMicros(upper) }
}

/**
 * The maximum number of charges that one page reads, about 20 ms (tools/bench-pages/report.ts). A search for something
 * older continues from there.
 */
export const ROWS_READ_MAX = 5_000
/** The number of charges read per query for a text, which the roll-up cannot locate; usually enough for the first page. */
const ROWS_SEARCHED_AT_ONCE = 1_000
/**
 * The number of days read from the roll-up per query: about a quarter of a year, of which a page usually needs the
 * first few.
 */
const DAYS_ASKED_MAX = 92

/**
 * Reads only days that, according to the roll-up, have matches for operation, app and surface, until the page is full, the
 * range is exhausted, or `ROWS_READ_MAX` charges were read, even within a day.
 */
async function searchDays(
  ctx: Context,
  filter: ResolvedFilter,
  range: InstantRange,
  limit: number,
  direction: Direction,
): Promise<Found> {
  const charges: Charge[] = []
  let rest = range
  let rowsLeft = ROWS_READ_MAX
  for (;;) {
    const days = await daysWithMatches(ctx, filter, rest, direction)
    let index = 0
    while (index < days.length) {
      const chosen =
        filter.text === null
          ? chooseDays(days.slice(index), limit - charges.length, rowsLeft)
          : chooseDays(days.slice(index), Number.POSITIVE_INFINITY, Math.min(rowsLeft, ROWS_SEARCHED_AT_ONCE))
      index += chosen.length
      const ranges = chosen.map(({ day }) => dayWithin(day, rest))
      const rows = chosen.reduce((sum, day) => sum + day.charges, 0)
      const lastRows = rowsLeft - rows + (chosen.at(-1)?.charges ?? 0)
      const cut =
        rows > rowsLeft ? await firstRows(ctx, filter, ranges.at(-1) ?? rest, lastRows, direction) : null
      if (cut) ranges.splice(-1, 1, cut)
      charges.push(
        ...(await readRanges(ctx, filter, ranges.map(isoRange), limit - charges.length, direction)),
      )
      if (charges.length >= limit) return { charges, stoppedAt: null }
      rowsLeft -= rows
      rest = beyond(ranges.at(-1), rest, direction)
      if (cut || (rowsLeft <= 0 && (index < days.length || days.length === DAYS_ASKED_MAX))) {
        // A cursor is the position of a charge already seen; older pages begin right below it and newer ones right above.
        return { charges, stoppedAt: direction === 'older' ? rest.upper : ((rest.lower - 1) as Micros) }
      }
    }
    if (days.length < DAYS_ASKED_MAX) return { charges, stoppedAt: null }
  }
}

/** The part of a day with its first `count` charges in the direction of the search; null if that is the whole day. */
async function firstRows(
  ctx: Context,
  { accountId }: ResolvedFilter,
  range: InstantRange,
  count: number,
  direction: Direction,
): Promise<InstantRange | null> {
  const place = await placeAfter(ctx, accountId, isoRange(range), count, direction)
  if (place === null) return null
  if (direction === 'older') return place === range.lower ? null : { lower: place, upper: range.upper }
  return { lower: range.lower, upper: (place + 1) as Micros }
}

type DayCount = { day: string; matches: number; charges: number }

/** The next days, at least one, until they contain `wanted` matches or `rowsMax` charges. */
function chooseDays(days: DayCount[], wanted: number, rowsMax: number): DayCount[] {
  let matches = 0
  let rows = 0
  const enough = days.findIndex((day) => {
    matches += day.matches
    rows += day.charges
    return matches >= wanted || rows >= rowsMax
  })
  return enough === -1 ? days : days.slice(0, enough + 1)
}

function dayWithin(day: string, range: InstantRange): InstantRange {
  const start = dayStart(day)
  return {
    lower: Math.max(micros(start), range.lower) as Micros,
    upper: Math.min(micros(startOfDay(start, 1)), range.upper) as Micros,
  }
}

function beyond(range: InstantRange | undefined, rest: InstantRange, direction: Direction): InstantRange {
  if (range === undefined) return rest
  return direction === 'older'
    ? { lower: rest.lower, upper: range.lower }
    : { lower: range.upper, upper: rest.upper }
}

const dayRows = z.array(z.object({ day: z.string(), matches: z.number(), charges: z.number() }))

async function daysWithMatches(
  ctx: Context,
  filter: ResolvedFilter,
  range: InstantRange,
  direction: Direction,
): Promise<DayCount[]> {
  if (range.lower >= range.upper) return []
  const lastInstant = dateFromMicros((range.upper - 1) as Micros)
  const order = direction === 'older' ? 'desc' : 'asc'
  const { rows } = await ctx.pool.query({
    name: `days-with-matches-${direction}`,
    // Reads day by day in the requested order and stops at the last day needed. A grouping query would first read every day
    // of the account.
    text: `
      with kept as (
        select min(day) as first, max(day) as last from usage_days where account_id = $1),
      asked as materialized (
        select greatest(first, $2::date) as first, least(last, $3::date) as last from kept where first is not null)
      select d.day::text, m.matches, m.charges
      from (
        select asked.first + n as day from asked, generate_series(0, asked.last - asked.first) n order by day ${order}) d
        cross join lateral (
          select sum(charges)::bigint as charges,
            coalesce(sum(charges) filter (where ($4::text is null or operation = $4) and ($5::uuid is null or app_id = $5)
              and ($6::text is null or $6 = ${ROLLED_UP_SURFACE})), 0)::bigint as matches
          from usage_days where account_id = $1 and day = d.day) m
      where m.matches > 0 order by d.day ${order} limit $7`,
    values: [
      filter.accountId,
      utcDay(dateFromMicros(range.lower)),
      utcDay(lastInstant),
      filter.operation,
      filter.appId,
      filter.surface,
      DAYS_ASKED_MAX,
    ],
  })
  return dayRows.parse(rows)
}
