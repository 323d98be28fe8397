import { randomInt } from 'node:crypto'
import { requireSight } from '@/lib/authority'
import type { Context } from '@/lib/context'
import { InvalidRequest } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import {
  APP_COLUMNS,
  APP_SLUG_LENGTH_MAX,
  type App,
  type AppVisibility,
  explainRefusal,
  requireFit,
} from './app'

type NewApp = {
  /** The creator. */
  accountId: string
  name: string
  /** Derived from the name by default. */
  slug?: string
  externalId?: string | null
  visibility: AppVisibility
  origins?: string[]
}

const SUFFIX_ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'
const SUFFIX_LENGTH = 5
/** With 31⁵ suffixes, two collisions in a row would be a defect, not bad luck. */
const ATTEMPTS_MAX = 3

/**
 * Registers a creator's app. Throws `InvalidRequest` naming each invalid field, including a slug or external id that
 * belongs to another app, and `NotFound` for an unknown creator or another person's account.
 */
export async function createApp(ctx: Context, input: NewApp): Promise<App> {
  requireSight(ctx, input.accountId, 'user')
  const app = newApp(input, ctx.clock.now())
  if (input.slug !== undefined) return insertApp(ctx, app)
  for (let attempt = 1; ; attempt++) {
    try {
      return await insertApp(ctx, app)
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isTaken(error, 'slug')) throw error
      app.slug = withSuffix(slugOf(app.name))
    }
  }
}

function newApp(input: NewApp, createdAt: Date): App {
  const { accountId: creatorId, visibility, externalId = null, origins = [] } = input
  const name = input.name.trim()
  const slug = input.slug ?? slugOf(name)
  requireFit({ name, slug, externalId, origins })
  const unique = [...new Set(origins)]
  return { id: newUuid(), creatorId, name, slug, externalId, visibility, origins: unique, createdAt }
}

/** Drops accents and all non-Latin letters. If nothing remains, a fallback gives the app a slug. */
function slugOf(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  const words = plain.match(/[a-z0-9]+/g) ?? ['app']
  const room = APP_SLUG_LENGTH_MAX - SUFFIX_LENGTH - 1
  return words.join('-').slice(0, room).replace(/-$/, '')
}

function withSuffix(slug: string): string {
  const letters = Array.from({ length: SUFFIX_LENGTH }, () =>
    SUFFIX_ALPHABET.charAt(randomInt(SUFFIX_ALPHABET.length)),
  )
  return `${slug}-${letters.join('')}`
}

async function insertApp(ctx: Context, app: App): Promise<App> {
  const { id, creatorId, name, slug, externalId, visibility, origins, createdAt } = app
  await ctx.pool
    .query({
      text: `insert into apps (${APP_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      values: [id, creatorId, name, slug, externalId, visibility, origins, createdAt],
    })
    .catch(explainRefusal)
  return { ...app }
}

function isTaken(error: unknown, path: string): boolean {
  return error instanceof InvalidRequest && error.errors.some((problem) => problem.path === path)
}
