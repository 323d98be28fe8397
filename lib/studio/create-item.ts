import type { Context } from '@/lib/context'
import { InvalidRequest } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { fitItem, ITEM_COLUMNS, ITEMS_MAX, type Item, itemOf } from './item'
import { requirePerson } from './project'

/** Saves an item written by hand. Throws `InvalidRequest` for text that is empty or too long, or above `ITEMS_MAX`. */
export async function createItem(
  ctx: Context,
  input: { appId: string; title: string; body: string },
): Promise<Item> {
  const accountId = requirePerson(ctx)
  const { title, body } = fitItem(input)
  const { rows } = await ctx.pool.query({
    name: 'create-studio-item',
    text: `
      insert into studio_items (id, account_id, app_id, kind, title, body, created_at, updated_at)
      select $1, $2::uuid, $3::uuid, 'text', $4, $5, $6, $6
      where (select count(*) from studio_items where account_id = $2::uuid and app_id = $3::uuid) < $7
      returning ${ITEM_COLUMNS}`,
    values: [newUuid(), accountId, input.appId, title, body, ctx.clock.now(), ITEMS_MAX],
  })
  if (rows.length === 0)
    throw InvalidRequest.at('item', `the maximum of ${ITEMS_MAX} is reached: delete one first`)
  return itemOf(rows[0])
}
