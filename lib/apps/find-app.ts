import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import type { Context } from '@/lib/context'
import { lookUp } from '@/lib/db/look-up'
import { NotFound } from '@/lib/errors'
import { problemWithText } from '@/lib/http/read-body'
import { parsePublicId } from '@/lib/ids'
import { processState } from '@/lib/process-state'
import { APP_COLUMNS, type App, type AppRow, appOf } from './app'

/** The facts about an app that metering needs. */
export type AppRef = Pick<App, 'id' | 'creatorId' | 'visibility'>

/** The app's owner. This is all that a charge needs, and it never changes. */
export type AppOwner = Pick<App, 'id' | 'creatorId'>

/**
 * A slug can move to another app, and an app can become private: every process knows within a second, this cache time plus
 * the query behind it.
 */
const APPS_CACHED_MAX = 10_000
const APPS_CACHED_MS = 900

const OWNERS_CACHED_MAX = 50_000

function ownerCache(database: object): LRUCache<string, AppOwner> {
  const caches = processState('app-owners', () => new WeakMap<object, LRUCache<string, AppOwner>>())
  const cache = caches.get(database) ?? new LRUCache<string, AppOwner>({ max: OWNERS_CACHED_MAX })
  caches.set(database, cache)
  return cache
}

/** Like `findApp`, for the creator who earns; results by id are cached indefinitely. Throws `NotFound`. */
export async function findAppOwner(ctx: Context, name: string): Promise<AppOwner> {
  const cache = ownerCache(ctx.pool)
  const known = cache.get(name)
  if (known) return known
  const { id, creatorId } = await findApp(ctx, name)
  const owner = { id, creatorId }
  if (parsePublicId('app', name) !== null) cache.set(name, owner)
  return owner
}

function appCache(database: object): LRUCache<string, AppRef> {
  const caches = processState('apps-by-name', () => new WeakMap<object, LRUCache<string, AppRef>>())
  const cache =
    caches.get(database) ?? new LRUCache<string, AppRef>({ max: APPS_CACHED_MAX, ttl: APPS_CACHED_MS })
  caches.set(database, cache)
  return cache
}

/**
 * An app by its id (`app_…`), slug or external id, which no two apps share. Does not check whether the caller may see it.
 * Throws `NotFound`.
 */
export async function findApp(ctx: Context, name: string): Promise<AppRef> {
  const cache = appCache(ctx.pool)
  const known = cache.get(name)
  if (known) return known
  const { id, creatorId, visibility } = await getApp(ctx, name)
  const app = { id, creatorId, visibility }
  cache.set(name, app)
  return app
}

/** The whole app, never from a cache. Does not check whether the caller may see it. Throws `NotFound`. */
export async function getApp(ctx: Context, name: string): Promise<App> {
  // A value the database rejects would fail the shared look-up of every concurrent caller.
  const app = problemWithText(name) === null ? await lookUp('apps', ctx.pool, name, readApps) : null
  if (app === null) throw new NotFound('app')
  return app
}

async function readApps(pool: Pool, names: readonly string[]): Promise<(App | null)[]> {
  const wanted = [...new Set(names)]
  const { rows } = await pool.query<AppRow & { wanted: string }>({
    name: 'find-apps',
    text: `
      select w.name as wanted, a.* from unnest($1::text[], $2::uuid[]) w (name, id)
      cross join lateral (
        select ${APP_COLUMNS} from apps
        where id = coalesce(w.id, (select n.app_id from app_names n where n.name = w.name))) a`,
    values: [wanted, wanted.map((name) => parsePublicId('app', name))],
  })
  const found = new Map(rows.map((row) => [row.wanted, appOf(row)]))
  return names.map((name) => found.get(name) ?? null)
}

/** Returns true if a user may see an app: a private app is visible only to its creator. */
export function mayUseApp(app: Pick<App, 'creatorId' | 'visibility'>, userId: string): boolean {
  return app.visibility !== 'private' || app.creatorId === userId
}

/** Throws `NotFound` for an app the caller may not see. */
export function requireAppSight(ctx: Context, app: Pick<App, 'creatorId' | 'visibility'>): void {
  if (ctx.caller.kind === 'user' && !mayUseApp(app, ctx.caller.userId)) throw new NotFound('app')
}

/**
 * An app whose budget the account may change: one that the account may use, or used or allowed before it became private.
 * Throws `NotFound`.
 */
export async function findPayersApp(ctx: Context, name: string, accountId: string): Promise<AppRef> {
  const app = await findApp(ctx, name)
  if (ctx.caller.kind !== 'user' || mayUseApp(app, accountId)) return app
  const { rows } = await ctx.pool.query<{ known: boolean }>({
    name: 'payer-knows-app',
    text: `
      select exists (select 1 from app_consents where account_id = $1 and app_id = $2)
        or exists (select 1 from app_budgets where account_id = $1 and app_id = $2)
        or exists (select 1 from usage_days where account_id = $1 and app_id = $2
          and app_id <> '00000000-0000-0000-0000-000000000000') as known`,
    values: [accountId, app.id],
  })
  if (!rows[0]?.known) throw new NotFound('app')
  return app
}

/** Clears an app's cached names in this process. Must be called after every change to an app. */
export function forgetAppNames(ctx: Context): void {
  appCache(ctx.pool).clear()
}
