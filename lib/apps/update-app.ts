import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { APP_COLUMNS, type App, type AppRow, appOf, explainRefusal, requireFit } from './app'
import { forgetAppTokens } from './app-tokens'
import { forgetAppNames, getApp } from './find-app'

/** Omitted fields do not change. */
type AppChanges = { app: string } & Partial<
  Pick<App, 'name' | 'slug' | 'externalId' | 'visibility' | 'origins'>
>

/**
 * Changes an app, for its creator or the operator. Throws `NotFound` for anyone else, `InvalidRequest` naming each invalid
 * field.
 */
export async function updateApp(ctx: Context, { app: name, ...changes }: AppChanges): Promise<App> {
  const before = await getApp(ctx, name)
  requireSight(ctx, before.creatorId, 'app')
  const after = { ...before, ...changes, name: (changes.name ?? before.name).trim() }
  requireFit(after)
  const { rows } = await ctx.pool
    .query<AppRow>({
      text: `
        update apps set name = $2, slug = $3, external_id = $4, visibility = $5, origins = $6 where id = $1
        returning ${APP_COLUMNS}`,
      values: [
        before.id,
        after.name,
        after.slug,
        after.externalId,
        after.visibility,
        [...new Set(after.origins)],
      ],
    })
    .catch(explainRefusal)
  forgetAppNames(ctx)
  forgetAppTokens(ctx.pool)
  const [row] = rows
  if (!row) throw new Error(`app ${before.id} is gone`)
  return appOf(row)
}
