import type { ClientBase, Pool } from 'pg'
import { z } from 'zod'
import { CatalogError } from '@/lib/catalog/checks'
import { catalogOf } from '@/lib/catalog/read-document'
import type { Catalog } from '@/lib/catalog/types'
import { processState } from '@/lib/process-state'
import { knowCatalogs } from './current'

type Queryable = Pick<Pool | ClientBase, 'query'>

const stored = z.array(
  z.object({
    version: z.number(),
    effective_from: z.date().nullable(),
    hash: z.string(),
    document: z.unknown(),
  }),
)

/** Documents already read, by the hash of their text. */
const readBefore = () => processState('catalog.documents', () => new Map<string, Catalog>())

/**
 * Reads the versions that are in effect or scheduled into this process; documents it has are not transferred again. A
 * version that this build refuses is remembered by its instant: from then on the process does not price. Throws
 * `CatalogError` if it can read none.
 */
export async function loadCatalogs(db: Queryable, now: Date): Promise<void> {
  const documents = readBefore()
  const { rows } = await db.query({
    name: 'load-catalogs',
    text: `
      select version, effective_from, hash, case when hash = any($1) then null else document end as document
      from catalog_versions, md5(document::text) hash
      where state = 'scheduled' order by effective_from nulls first`,
    values: [[...documents.keys()]],
  })
  const versions: Catalog[] = []
  let unreadable: { from: Date; error: CatalogError } | null = null
  for (const { version, effective_from: from, hash, document } of stored.parse(rows)) {
    try {
      const known = documents.get(hash)
      const catalog = known ? { ...known, version, effectiveFrom: from } : catalogOf(document, version, from)
      documents.set(hash, catalog)
      versions.push(catalog)
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error
      unreadable ??= { from: from ?? new Date(0), error }
    }
  }
  if (versions.length === 0) throw unreadable?.error ?? new CatalogError('document', 'no version is stored')
  knowCatalogs(versions, { unreadableFrom: unreadable?.from ?? null, date: now })
}
