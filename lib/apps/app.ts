import { type FieldError, InvalidRequest, NotFound } from '@/lib/errors'
import { problemWithName, shownAppName } from '@/lib/names'

export const APP_VISIBILITIES = ['private', 'unlisted', 'public'] as const
/** `private`: only its creator can use it; `unlisted`: anyone with the link; `public`: anyone, and it is listed. */
export type AppVisibility = (typeof APP_VISIBILITIES)[number]

export type App = {
  id: string
  creatorId: string
  name: string
  slug: string
  externalId: string | null
  visibility: AppVisibility
  /** The origins to which consent may return. */
  origins: string[]
  createdAt: Date
}

/** The fields that a creator sets. */
export type AppFields = Pick<App, 'name' | 'slug' | 'externalId' | 'origins'>

export const APP_NAME_LENGTH_MAX = 100
export const APP_SLUG_LENGTH_MAX = 60
export const APP_EXTERNAL_ID_LENGTH_MAX = 200
export const APP_ORIGINS_MAX = 20

/** Lower-case words joined by single hyphens, which cannot be mistaken for an id and need no encoding in a URL. */
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** PostgreSQL cannot store NUL, and the other control characters are unreadable. */
const CONTROL_CHARACTER = /\p{Cc}/u

const UNIQUE_VIOLATION = '23505'
const FOREIGN_KEY_VIOLATION = '23503'

/** Throws `InvalidRequest` naming each invalid field. */
export function requireFit({ name, slug, externalId, origins }: AppFields): void {
  const errors: FieldError[] = []
  const refuse = (path: string, message: string) => errors.push({ path, message })
  const problem =
    name === '' || name.length > APP_NAME_LENGTH_MAX
      ? `must have 1 to ${APP_NAME_LENGTH_MAX} characters`
      : problemWithName(name)
  if (problem !== null) refuse('name', problem)
  if (slug.length > APP_SLUG_LENGTH_MAX || !SLUG.test(slug))
    refuse(
      'slug',
      `must be words of a–z and 0–9 joined by hyphens, at most ${APP_SLUG_LENGTH_MAX} characters`,
    )
  if (externalId !== null && (externalId === '' || externalId.length > APP_EXTERNAL_ID_LENGTH_MAX))
    refuse('externalId', `must have 1 to ${APP_EXTERNAL_ID_LENGTH_MAX} characters`)
  // It would never be found, because a name of this form is treated as an id.
  if (externalId?.startsWith('app_')) refuse('externalId', 'must not begin with app_')
  if (CONTROL_CHARACTER.test(externalId ?? '')) refuse('externalId', 'must not contain control characters')
  if (origins.length > APP_ORIGINS_MAX) refuse('origins', `may name at most ${APP_ORIGINS_MAX}`)
  origins.forEach((origin, index) => {
    if (!isOrigin(origin)) refuse(`origins.${index}`, 'must be an origin such as https://app.example')
  })
  if (errors.length > 0) throw new InvalidRequest(errors)
}

/** Accepts exactly scheme, host and port, as a browser writes an origin. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text
}

/** Translates the violation of a database constraint on apps into an error on the field. */
export function explainRefusal(error: unknown): never {
  if (!(error instanceof Error && 'code' in error)) throw error
  if (error.code === FOREIGN_KEY_VIOLATION) throw new NotFound('user')
  if (error.code === UNIQUE_VIOLATION && 'constraint' in error) {
    const field = error.constraint === 'apps_slug_key' ? 'slug' : 'externalId'
    throw InvalidRequest.at(field, 'belongs to another app')
  }
  throw error
}

export const APP_COLUMNS = 'id, creator_id, name, slug, external_id, visibility, origins, created_at'

export type AppRow = {
  id: string
  creator_id: string
  name: string
  slug: string
  external_id: string | null
  visibility: AppVisibility
  origins: string[] | null
  created_at: Date
}

export function appOf(row: AppRow): App {
  return {
    id: row.id,
    creatorId: row.creator_id,
    name: shownAppName(row.name),
    slug: row.slug,
    externalId: row.external_id,
    visibility: row.visibility,
    origins: row.origins ?? [],
    createdAt: row.created_at,
  }
}
