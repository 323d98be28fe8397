import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { itemId } from './item'
import { requirePerson } from './project'

/** The image, voice or clip of an item. Throws `NotFound` for another person's item, or one without media. */
export async function readMedia(
  ctx: Context,
  input: { appId: string; item: string },
): Promise<{ type: string; bytes: Buffer }> {
  const { rows } = await ctx.pool.query<{ media_type: string; media: Buffer }>({
    name: 'read-studio-media',
    text: `
      select media_type, media from studio_items
      where id = $1 and account_id = $2 and app_id = $3 and media is not null`,
    values: [itemId(input.item), requirePerson(ctx), input.appId],
  })
  const [row] = rows
  if (!row) throw new NotFound('item')
  return { type: row.media_type, bytes: row.media }
}
