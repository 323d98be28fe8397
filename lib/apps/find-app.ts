import { LRUCache } from 'lru-cache'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { parsePublicId } from '@/lib/ids'
import { processState } from '@/lib/process-state'

/** What metering needs to know of an app. */
export type AppRef = { id: string; creatorId: string }

/** A slug can be given to another app, so what it names is remembered only briefly. */
const APPS_CACHED_MAX = 10_000
const APPS_CACHED_MS = 5_000

function appCache(database: object): LRUCache<string, AppRef> {
  const caches = processState('apps-by-name', () => new WeakMap<object, LRUCache<string, AppRef>>())
  const cache =
    caches.get(database) ?? new LRUCache<string, AppRef>({ max: APPS_CACHED_MAX, ttl: APPS_CACHED_MS })
  caches.set(database, cache)
  return cache
}

/** An app by its id (`app_…`), slug or external id, in this order. Throws `NotFound`. */
export async function findApp(ctx: Context, name: string): Promise<AppRef> {
  const cache = appCache(ctx.pool)
  const known = cache.get(name)
  if (known) return known
  const { rows } = await ctx.pool.query<{ id: string; creator_id: string }>({
    name: 'find-app',
    text: `
      select id, creator_id from apps where id = $1::uuid or slug = $2 or external_id = $2
      order by (id = $1::uuid) desc nulls last, (slug = $2) desc limit 1`,
    values: [parsePublicId('app', name), name],
  })
  const [row] = rows
  if (!row) throw new NotFound('app')
  const app = { id: row.id, creatorId: row.creator_id }
  cache.set(name, app)
  return app
}

/** Forgets what names were remembered of: to be called when an app is renamed. */
export function forgetAppNames(ctx: Context): void {
  appCache(ctx.pool).clear()
}
