import { randomInt } from 'node:crypto'
import type { Context } from '@/lib/context'
import { type FieldError, InvalidRequest, NotFound } from '@/lib/errors'
import { newUuid } from '@/lib/ids'

export type AppVisibility = 'private' | 'unlisted' | 'public'

export type App = {
  id: string
  creatorId: string
  name: string
  slug: string
  externalId: string | null
  visibility: AppVisibility
  /** Where consent may return to. */
  origins: string[]
  createdAt: Date
}

type NewApp = {
  /** The creator. */
  accountId: string
  name: string
  /** Left out: made from the name. */
  slug?: string
  externalId?: string | null
  visibility: AppVisibility
  origins?: string[]
}

export const APP_NAME_LENGTH_MAX = 100
export const APP_SLUG_LENGTH_MAX = 60
export const APP_EXTERNAL_ID_LENGTH_MAX = 200
export const APP_ORIGINS_MAX = 20

/** Lower case words joined by single hyphens: never mistaken for an id, and the same in every URL. */
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** PostgreSQL cannot keep a zero character, and nobody can read the others. */
const CONTROL_CHARACTER = /\p{Cc}/u
const SUFFIX_ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'
const SUFFIX_LENGTH = 5
/** 31⁵ suffixes: a second collision in a row is a defect, not bad luck. */
const ATTEMPTS_MAX = 3

const UNIQUE_VIOLATION = '23505'
const FOREIGN_KEY_VIOLATION = '23503'

/**
 * Registers an app of a creator. Throws `InvalidRequest` naming each field that cannot be taken, among them a slug or
 * external id of another app; `NotFound` for an unknown creator.
 */
export async function createApp(ctx: Context, input: NewApp): Promise<App> {
  const app = checked(input, ctx.clock.now())
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

function checked(input: NewApp, createdAt: Date): App {
  const errors: FieldError[] = []
  const refuse = (path: string, message: string) => errors.push({ path, message })
  const { accountId: creatorId, visibility, externalId = null, origins = [] } = input
  const name = input.name.trim()
  const slug = input.slug ?? slugOf(name)
  if (name === '' || name.length > APP_NAME_LENGTH_MAX)
    refuse('name', `must have 1 to ${APP_NAME_LENGTH_MAX} characters`)
  if (slug.length > APP_SLUG_LENGTH_MAX || !SLUG.test(slug))
    refuse(
      'slug',
      `must be words of a–z and 0–9 joined by hyphens, at most ${APP_SLUG_LENGTH_MAX} characters`,
    )
  if (externalId !== null && (externalId === '' || externalId.length > APP_EXTERNAL_ID_LENGTH_MAX))
    refuse('externalId', `must have 1 to ${APP_EXTERNAL_ID_LENGTH_MAX} characters`)
  for (const [path, text] of [
    ['name', name],
    ['externalId', externalId ?? ''],
  ] as const)
    if (CONTROL_CHARACTER.test(text)) refuse(path, 'must not contain control characters')
  if (origins.length > APP_ORIGINS_MAX) refuse('origins', `may name at most ${APP_ORIGINS_MAX}`)
  origins.forEach((origin, index) => {
    if (!isOrigin(origin)) refuse(`origins.${index}`, 'must be an origin such as https://app.example')
  })
  if (errors.length > 0) throw new InvalidRequest(errors)
  return {
    id: newUuid(),
    creatorId,
    name,
    slug,
    externalId,
    visibility,
    origins: [...new Set(origins)],
    createdAt,
  }
}

/** Scheme, host and port, and nothing else, as a browser writes them. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text
}

/** Accents fall off, other writing systems leave nothing: an app always has a name in a URL. */
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
  await ctx.pool
    .query({
      text: `insert into apps (id, creator_id, name, slug, external_id, visibility, origins, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      values: [
        app.id,
        app.creatorId,
        app.name,
        app.slug,
        app.externalId,
        app.visibility,
        app.origins,
        app.createdAt,
      ],
    })
    .catch(explainRefusal)
  return { ...app }
}

function explainRefusal(error: unknown): never {
  if (!(error instanceof Error && 'code' in error)) throw error
  if (error.code === FOREIGN_KEY_VIOLATION) throw new NotFound('user')
  if (error.code === UNIQUE_VIOLATION && 'constraint' in error) {
    const field = error.constraint === 'apps_slug_key' ? 'slug' : 'externalId'
    throw InvalidRequest.at(field, 'belongs to another app')
  }
  throw error
}

function isTaken(error: unknown, path: string): boolean {
  return error instanceof InvalidRequest && error.errors.some((problem) => problem.path === path)
}
