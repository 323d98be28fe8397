import type { Context } from '@/lib/context'
import { itemId } from './item'
import { requirePerson } from './project'

/** Deletes an item. Does nothing for a deleted or another person's item. */
export async function deleteItem(ctx: Context, input: { appId: string; item: string }): Promise<void> {
  await ctx.pool.query({
    name: 'delete-studio-item',
    text: 'delete from studio_items where id = $1 and account_id = $2 and app_id = $3',
    values: [itemId(input.item), requirePerson(ctx), input.appId],
  })
}
