import type { Pool } from 'pg'
import { requireOperator } from '@/lib/authority'
import { CatalogError } from '@/lib/catalog/checks'
import { catalogOf } from '@/lib/catalog/read-document'
import type { Catalog } from '@/lib/catalog/types'
import { nextNumber } from '@/lib/catalogs/life'
import type { Context } from '@/lib/context'
import { inTransaction } from '@/lib/db/transaction'
import { EditConflict, InvalidRequest, NotFound } from '@/lib/errors'

export type VersionState = 'draft' | 'scheduled' | 'effective' | 'superseded'

export type StoredVersion = {
  version: number
  state: VersionState
  /** Null for a draft, and for the first version. */
  effectiveFrom: Date | null
  /** Grows with each save of a draft. */
  revision: number
}

/** `document` is as it was saved, with the provider's costs. */
export type FullVersion = StoredVersion & { document: object }

/** The state by the product's clock: of the versions that have begun, the latest is in effect. */
const STATE = `case when state = 'draft' then 'draft'
    when effective_from > $1 then 'scheduled'
    when coalesce(effective_from, '-infinity') = (
      select max(coalesce(effective_from, '-infinity')) from catalog_versions
      where state = 'scheduled' and (effective_from is null or effective_from <= $1)) then 'effective'
    else 'superseded' end`

const COLUMNS = `version, ${STATE} as state, effective_from as "effectiveFrom", revision`

/** Every version, the newest number first. Only for the operator. */
export async function listVersions(ctx: Context): Promise<StoredVersion[]> {
  requireOperator(ctx)
  const { rows } = await ctx.pool.query<StoredVersion>(
    `select ${COLUMNS} from catalog_versions order by version desc`,
    [ctx.clock.now()],
  )
  return rows
}

/** A version with its document. Only for the operator; throws `NotFound`. */
export async function getVersion(ctx: Context, version: number): Promise<FullVersion> {
  requireOperator(ctx)
  const { rows } = await ctx.pool.query<FullVersion>(
    `select ${COLUMNS}, document from catalog_versions where version = $2`,
    [ctx.clock.now(), version],
  )
  const [found] = rows
  if (!found) throw new NotFound('catalogue version')
  return found
}

/** The place of a field in a request: in the document, or in the request itself. */
const placeOf = (field: string) => (REQUEST_FIELDS.includes(field) ? field : `document.${field}`)
const REQUEST_FIELDS = ['document', 'effectiveFrom', 'version']

/** Turns a refusal of the catalogue's checks into one of the request. */
export async function refusingFields<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CatalogError) throw InvalidRequest.at(placeOf(error.field), error.problem)
    throw error
  }
}

/** Reads a document as a version that is not in effect. Throws `InvalidRequest` naming the first field at fault. */
export function checkDocument(document: unknown, version = 1): Promise<Catalog> {
  return refusingFields(() => catalogOf(document, version, null))
}

/** Stores a valid document as a draft. Only for the operator; throws `InvalidRequest` naming the field. */
export async function createDraft(ctx: Context, document: object): Promise<FullVersion> {
  requireOperator(ctx)
  await checkDocument(document)
  const version = await inTransaction(ctx.pool, async (client) => {
    await client.query('lock table catalog_versions in share row exclusive mode')
    const number = await nextNumber(client)
    await client.query(
      `insert into catalog_versions (version, state, effective_from, document) values ($1, 'draft', null, $2)`,
      [number, JSON.stringify(document)],
    )
    return number
  })
  return getVersion(ctx, version)
}

/**
 * Replaces a draft's document. With `revision`, throws `EditConflict` if somebody else has saved since. Only for
 * the operator; throws `InvalidRequest` naming the field, also for a version that is not a draft, and `NotFound`.
 */
export async function updateDraft(
  ctx: Context,
  { version, document, revision }: { version: number; document: object; revision: number | null },
): Promise<FullVersion> {
  requireOperator(ctx)
  const before = await getVersion(ctx, version)
  requireDraft(before)
  await checkDocument(document, version)
  const { rowCount } = await ctx.pool.query(
    `update catalog_versions set document = $2, revision = revision + 1
     where version = $1 and state = 'draft' and revision = coalesce($3, revision)`,
    [version, JSON.stringify(document), revision],
  )
  const after = await getVersion(ctx, version)
  if (rowCount === 0) {
    requireDraft(after)
    throw new EditConflict(after.revision)
  }
  return after
}

export function requireDraft({ state, version }: StoredVersion): void {
  if (state === 'scheduled') throw InvalidRequest.at('version', `${version} is scheduled: withdraw it first`)
  if (state !== 'draft') throw InvalidRequest.at('version', `${version} is not a draft`)
}

/** Deletes a draft. Only for the operator; throws `InvalidRequest` for another version, and `NotFound`. */
export async function deleteDraft(ctx: Context, version: number): Promise<void> {
  requireDraft(await getVersion(ctx, version))
  await removeDraft(ctx.pool, version)
}

async function removeDraft(pool: Pool, version: number): Promise<void> {
  await pool.query(`delete from catalog_versions where version = $1 and state = 'draft'`, [version])
}
