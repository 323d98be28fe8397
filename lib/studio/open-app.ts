import type { Context } from '@/lib/context'
import { inTransaction } from '@/lib/db/transaction'
import { newUuid } from '@/lib/ids'
import { requirePerson } from './project'
import type { StudioApp } from './studio-app'

/** Creates an app's starter content the first time a person opens it, and never again. */
export async function openApp(ctx: Context, app: Pick<StudioApp, 'id' | 'design'>): Promise<void> {
  const accountId = requirePerson(ctx)
  const now = ctx.clock.now()
  await inTransaction(ctx.pool, async (client) => {
    const { rowCount } = await client.query({
      name: 'visit-studio-app',
      text: 'insert into studio_visits (account_id, app_id, opened_at) values ($1, $2, $3) on conflict do nothing',
      values: [accountId, app.id, now],
    })
    const { starters } = app.design
    if (!rowCount || starters.length === 0) return
    await client.query({
      name: 'give-starters',
      text: `
        insert into studio_items (id, account_id, app_id, kind, title, body, created_at, updated_at)
        select s.id, $1, $2, 'text', s.title, s.body, $3, $3
        from unnest($4::uuid[], $5::text[], $6::text[]) s (id, title, body)`,
      values: [
        accountId,
        app.id,
        now,
        // Items are listed newest first, and the first starter belongs on top.
        starters.map(() => newUuid()).reverse(),
        starters.map(({ title }) => title),
        starters.map(({ body }) => body),
      ],
    })
  })
}
