import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { fitItem, ITEM_COLUMNS, type Item, itemId, itemOf } from './item'
import { requirePerson } from './project'

/** Changes an item's title and text. Throws `NotFound` for another person's item, `InvalidRequest` for invalid text. */
export async function editItem(
  ctx: Context,
  input: { appId: string; item: string; title: string; body: string },
): Promise<Item> {
  const accountId = requirePerson(ctx)
  const { title, body } = fitItem(input)
  const { rows } = await ctx.pool.query({
    name: 'edit-studio-item',
    text: `
      update studio_items set title = $4, body = $5, updated_at = $6
      where id = $1 and account_id = $2 and app_id = $3 returning ${ITEM_COLUMNS}`,
    values: [itemId(input.item), accountId, input.appId, title, body, ctx.clock.now()],
  })
  if (rows.length === 0) throw new NotFound('item')
  return itemOf(rows[0])
}
