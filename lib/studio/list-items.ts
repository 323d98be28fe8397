import type { Context } from '@/lib/context'
import { ITEM_COLUMNS, ITEMS_MAX, type Item, itemOf } from './item'
import { requirePerson } from './project'

/** The signed-in person's items in an app, newest first, at most `ITEMS_MAX`. */
export async function listItems(ctx: Context, appId: string): Promise<Item[]> {
  const { rows } = await ctx.pool.query({
    name: 'list-studio-items',
    text: `
      select ${ITEM_COLUMNS} from studio_items where account_id = $1 and app_id = $2
      order by created_at desc, id desc limit $3`,
    values: [requirePerson(ctx), appId, ITEMS_MAX],
  })
  return rows.map(itemOf)
}
