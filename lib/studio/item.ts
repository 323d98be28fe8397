import { z } from 'zod'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { parsePublicId } from '@/lib/ids'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { BODY_LENGTH_MAX, TITLE_LENGTH_MAX } from './choices'

export const ITEM_KINDS = ['text', 'image', 'speech', 'video'] as const
export type ItemKind = (typeof ITEM_KINDS)[number]

/** An item a person has saved in an app. Its bytes, if any, are read separately (`readMedia`). */
export type Item = {
  id: string
  kind: ItemKind
  title: string
  body: string
  mediaType: string | null
  /** The action that produced it; null for an item written by hand. */
  made: { actionId: string; chargeId: string | null; total: Millicredits | null } | null
  createdAt: Date
  updatedAt: Date
}

/** The maximum number of items per person and app. */
export const ITEMS_MAX = 200

export const ITEM_COLUMNS =
  'id, kind, title, body, media_type, action_id, charge_id, total, created_at, updated_at'

const row = z.object({
  id: z.string(),
  kind: z.enum(ITEM_KINDS),
  title: z.string(),
  body: z.string(),
  media_type: z.string().nullable(),
  action_id: z.string().nullable(),
  charge_id: z.string().nullable(),
  total: z.number().nullable(),
  created_at: z.date(),
  updated_at: z.date(),
})

export function itemOf(value: unknown): Item {
  const { action_id: actionId, charge_id: chargeId, total, ...found } = row.parse(value)
  return {
    id: found.id,
    kind: found.kind,
    title: found.title,
    body: found.body,
    mediaType: found.media_type,
    made:
      actionId === null ? null : { actionId, chargeId, total: total === null ? null : millicredits(total) },
    createdAt: found.created_at,
    updatedAt: found.updated_at,
  }
}

/** A person's text as stored, with a title derived from the text if none is given. Throws `InvalidRequest`. */
export function fitItem({ title, body }: { title: string; body: string }): { title: string; body: string } {
  const kept = body.replaceAll('\0', '').trim()
  const plain = title.replace(/\p{Cc}+/gu, ' ').trim()
  if (plain === '' && kept === '') throw InvalidRequest.at('body', 'must not be empty')
  if (kept.length > BODY_LENGTH_MAX)
    throw InvalidRequest.at('body', `must have at most ${BODY_LENGTH_MAX} characters`)
  if (plain.length > TITLE_LENGTH_MAX)
    throw InvalidRequest.at('title', `must have at most ${TITLE_LENGTH_MAX} characters`)
  return { title: plain === '' ? titleFrom(kept) : plain, body: kept }
}

const TITLE_FROM_TEXT = 60

/** The first words of a text. */
export function titleFrom(text: string): string {
  const words = text.replace(/\s+/g, ' ').trim()
  return words.length <= TITLE_FROM_TEXT ? words : `${words.slice(0, TITLE_FROM_TEXT - 1).trimEnd()}…`
}

/** The UUID of an `itm_…` id. Throws `NotFound`. */
export function itemId(item: string): string {
  const id = parsePublicId('item', item)
  if (id === null) throw new NotFound('item')
  return id
}
