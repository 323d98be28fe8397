import type { Context } from '@/lib/context'
import { newUuid } from '@/lib/ids'
import type { Millicredits } from '@/lib/millicredits'
import { BODY_LENGTH_MAX, TITLE_LENGTH_MAX } from './choices'
import { ITEM_COLUMNS, type Item, type ItemKind, itemOf, titleFrom } from './item'
import { requirePerson } from './project'

type Result = {
  appId: string
  actionId: string
  kind: ItemKind
  title: string
  body: string
  media: { type: string; bytes: Uint8Array } | null
  /** Null if the charge could not be confirmed. */
  charge: { id: string; total: Millicredits } | null
}

/**
 * Saves a paid result once per action, even beyond the usual number of items; repeating the action returns it without
 * another charge (`findResult`).
 */
export async function keepResult(ctx: Context, input: Result): Promise<Item> {
  const accountId = requirePerson(ctx)
  const { rows } = await ctx.pool.query({
    name: 'keep-studio-result',
    text: `
      insert into studio_items
        (id, account_id, app_id, kind, title, body, media_type, media, action_id, charge_id, total, created_at, updated_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
      on conflict (account_id, app_id, action_id) do update set action_id = excluded.action_id
      returning ${ITEM_COLUMNS}`,
    values: [
      newUuid(),
      accountId,
      input.appId,
      input.kind,
      titleFrom(input.title.replace(/\p{Cc}+/gu, ' ')).slice(0, TITLE_LENGTH_MAX),
      input.body.replaceAll('\0', '').slice(0, BODY_LENGTH_MAX),
      input.media?.type ?? null,
      input.media === null ? null : Buffer.from(input.media.bytes),
      input.actionId,
      input.charge?.id ?? null,
      input.charge?.total ?? null,
      ctx.clock.now(),
    ],
  })
  return itemOf(rows[0])
}

/** The saved result of an action; null if there is none yet. */
export async function findResult(
  ctx: Context,
  { appId, actionId }: { appId: string; actionId: string },
): Promise<Item | null> {
  const { rows } = await ctx.pool.query({
    name: 'find-studio-result',
    text: `select ${ITEM_COLUMNS} from studio_items where account_id = $1 and app_id = $2 and action_id = $3`,
    values: [requirePerson(ctx), appId, actionId],
  })
  return rows.length === 0 ? null : itemOf(rows[0])
}
