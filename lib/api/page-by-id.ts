import { InvalidRequest } from '@/lib/errors'
import { type IdKind, parsePublicId, publicId } from '@/lib/ids'

type Asked = { cursor?: string | undefined; limit: number }

/**
 * A page of a list, newest first, whose cursor is the id of the last item before it. `load` reads up to `limit` items
 * after an id. Throws `InvalidRequest` for a cursor of another list.
 */
export async function pageById<Item extends { id: string }>(
  kind: IdKind,
  { cursor, limit }: Asked,
  load: (from: { after: string | null; limit: number }) => Promise<Item[]>,
): Promise<{ items: Item[]; nextCursor: string | null }> {
  const after = cursor === undefined ? null : parsePublicId(kind, cursor)
  if (cursor !== undefined && after === null)
    throw InvalidRequest.at('cursor', 'is not a cursor of this list')
  const found = await load({ after, limit: limit + 1 })
  const items = found.slice(0, limit)
  const last = found.length > limit ? items.at(-1) : undefined
  return { items, nextCursor: last === undefined ? null : publicId(kind, last.id) }
}
