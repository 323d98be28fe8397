import { InvalidRequest } from '@/lib/errors'
import { isoFromMicros, type Micros, micros } from '@/lib/instant'

/**
 * The order of items at the same instant, highest on top: plan changes, returned money, holds and staff actions are above
 * the movements they came with. Each table of the timeline has one rank.
 */
export const RANKS = { checkout: 1, movement: 2, plan: 3, moneyBack: 4, hold: 5, action: 6 } as const
export type TimelineSource = keyof typeof RANKS

/** A place in the merged order: every item below it has a smaller (at, rank, id). */
export type Place = { at: Micros; rank: number; id: string }

/** Sorts above or below every real id, as text and as uuid. */
const UUID_BOUNDS = {
  above: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  below: '00000000-0000-0000-0000-000000000000',
}
const TEXT_BOUNDS = { above: '~', below: '' }

/** The last microsecond of a millisecond. */
const MILLISECOND_END = 999

/**
 * A hold stores the millisecond of its creation, while movements written with it (such as a due allowance) are a few
 * microseconds later. The hold used what they brought, so it is above them.
 */
export function placeOfHold(createdAt: Date): Micros {
  return (micros(createdAt) + MILLISECOND_END) as Micros
}

/** The top of a period that ends before `to`; null for the top of the whole timeline. */
export function topOf(to: Date | null): Place | null {
  return to === null ? null : { at: micros(to), rank: 0, id: '' }
}

/** The condition for one table: rows with a smaller (at, id). */
export function boundOf(
  place: Place | null,
  source: TimelineSource,
  ids: 'uuid' | 'text' = 'uuid',
): { at: string; id: string } {
  const bounds = ids === 'uuid' ? UUID_BOUNDS : TEXT_BOUNDS
  if (place === null) return { at: 'infinity', id: bounds.above }
  const rank = RANKS[source]
  const id = rank < place.rank ? bounds.above : rank > place.rank ? bounds.below : place.id
  return { at: isoFromMicros(place.at), id }
}

/** The same for holds, which store a millisecond and are placed at its end. */
export function holdBound(place: Place | null): { at: string; id: string } {
  return boundOf(place && { ...place, at: (place.at - MILLISECOND_END) as Micros }, 'hold')
}

/** The same for movements, whose instants are unique: those before this instant. */
export function movementBound(place: Place | null): Micros | null {
  if (place === null) return null
  return RANKS.movement < place.rank ? ((place.at + 1) as Micros) : place.at
}

const CURSOR = /^(\d{1,16})\.(\d)\.([\w-]{0,100})$/

export function encodePlace({ at, rank, id }: Place): string {
  return Buffer.from(`${at}.${rank}.${id}`).toString('base64url')
}

/** Throws `InvalidRequest` for anything `encodePlace` did not make. */
export function decodePlace(cursor: string): Place {
  const [, at, rank, id] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const place = { at: Number(at) as Micros, rank: Number(rank), id: id ?? '' }
  const isUuid =
    place.rank === RANKS.checkout || /^[0-9a-f-]{36}$/.test(place.id) || place.rank === RANKS.movement
  if (at === undefined || !isUuid || encodePlace(place) !== cursor)
    throw InvalidRequest.at('cursor', 'is not a cursor of this list')
  return place
}

export function byPlace(left: Place, right: Place): number {
  if (left.at !== right.at) return right.at - left.at
  if (left.rank !== right.rank) return right.rank - left.rank
  return left.id < right.id ? 1 : -1
}
