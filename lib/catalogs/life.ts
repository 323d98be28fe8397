import type { ClientBase, Pool } from 'pg'
import { freePlan } from '@/lib/catalog'
import { CatalogError, refuse } from '@/lib/catalog/checks'
import { catalogOf } from '@/lib/catalog/read-document'
import type { Catalog } from '@/lib/catalog/types'
import { inTransaction } from '@/lib/db/transaction'
import { planEvents, tell } from '@/lib/outbox'
import { NOTICE_MS } from './current'

/** `draft`: the draft that contains the document, as it was read. */
type Wanted = { document: unknown; from: Date; draft?: { version: number; revision: number } | null }

type Queryable = Pick<Pool | ClientBase, 'query'>

/** Items that a scheduled version must not drop, because they are in use. */
type Use = { list: 'operations' | 'plans'; keys: string[]; why: string }

/**
 * Stores a document as the next version, or turns a draft into it, in effect from `from`, which is at least ten minutes
 * ahead so that every process has read it by then. `prepare` runs before the version is visible, such as to create its
 * prices in Stripe; if it throws, nothing is scheduled. Throws `CatalogError` naming the field.
 */
export async function scheduleVersion(
  pool: Pool,
  { document, from, now, draft = null }: Wanted & { now: Date },
  prepare: (version: Catalog) => Promise<void> = async () => undefined,
): Promise<Catalog> {
  if (from.getTime() < now.getTime() + NOTICE_MS)
    refuse('effectiveFrom', `must be at least ${NOTICE_MS / 60_000} minutes ahead`)
  const version = await nextVersion(pool, { document, from, draft })
  await prepare(version)
  await inTransaction(pool, async (client) => {
    await client.query('lock table catalog_versions in share row exclusive mode')
    const latest = await nextVersion(client, { document, from, draft })
    if (latest.version !== version.version)
      refuse('document', 'another version was made meanwhile: try again')
    if (draft === null)
      await client.query(
        `insert into catalog_versions (version, state, effective_from, document) values ($1, 'scheduled', $2, $3)`,
        [version.version, from, JSON.stringify(document)],
      )
    else {
      const { rowCount } = await client.query(
        `update catalog_versions set state = 'scheduled', effective_from = $3
         where version = $1 and state = 'draft' and revision = $2`,
        [draft.version, draft.revision, from],
      )
      if (rowCount === 0) refuse('document', 'was changed meanwhile: try again')
    }
    const data = { version: version.version, effectiveAt: from.toISOString() }
    await tell(client, [{ type: 'catalog.scheduled', data, accountId: null, at: now.toISOString() }])
    const subject = String(version.version)
    await planEvents(client, [{ type: 'catalog.effective', data, accountId: null, subject, dueAt: from }])
  })
  return version
}

/** The document as the next version. Throws `CatalogError` if it cannot follow the stored ones. */
async function nextVersion(db: Queryable, { document, from, draft = null }: Wanted): Promise<Catalog> {
  const { rows } = await db.query<{ version: number; effective_from: Date | null; document: unknown }>(
    `select version, effective_from, document from catalog_versions where state = 'scheduled' order by version`,
  )
  const version = catalogOf(document, draft?.version ?? (await nextNumber(db)), from)
  if (rows.some((row) => row.effective_from?.getTime() === from.getTime()))
    refuse('effectiveFrom', 'another version takes effect at this instant')
  const [first] = rows
  if (first) requireSameFreePlan(catalogOf(first.document, first.version, null), version)
  for (const use of await inUse(db)) requireKept(use, version)
  return version
}

/** The number of the next version. Drafts have one too. */
export async function nextNumber(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ next: number }>(
    'select coalesce(max(version), 0) + 1 as next from catalog_versions',
  )
  return rows[0]?.next ?? 1
}

/** Accounts and periods are stored with the key of the free plan. */
function requireSameFreePlan(first: Catalog, next: Catalog): void {
  const place = next.plans.indexOf(freePlan(next))
  if (freePlan(first).key !== freePlan(next).key)
    refuse(`plans[${place}].key`, `the free plan keeps its key ${freePlan(first).key}`)
}

async function inUse(db: Queryable): Promise<Use[]> {
  const keysOf = async (sql: string) => {
    const { rows } = await db.query<{ key: string }>(sql)
    return rows.map(({ key }) => key)
  }
  return [
    {
      list: 'operations',
      keys: await keysOf(`select distinct operation as key from holds where status = 'open'`),
      why: 'open holds use it',
    },
    {
      list: 'plans',
      keys: await keysOf(
        `select distinct plan as key from wallets union select plan from subscriptions where status not in ('canceled', 'incomplete_expired')`,
      ),
      why: 'accounts are on it',
    },
  ]
}

function requireKept({ list, keys, why }: Use, version: Catalog): void {
  const missing = keys.find((key) => !version[list].some((item) => item.key === key))
  if (missing !== undefined) refuse(list, `${missing} is missing, and ${why}`)
}

/** Makes a scheduled version that is not in effect yet a draft again. Throws `CatalogError` for any other. */
export async function withdrawVersion(
  pool: Pool,
  { version, now }: { version: number; now: Date },
): Promise<void> {
  const { rowCount } = await pool.query(
    `with withdrawn as (
       update catalog_versions set state = 'draft', effective_from = null
       where version = $1 and state = 'scheduled' and effective_from > $2 returning version),
     unplanned as (
       delete from planned_events where type = 'catalog.effective' and subject in (select version::text from withdrawn))
     select version from withdrawn`,
    [version, now],
  )
  if (rowCount === 0)
    throw new CatalogError('version', `${version} is not scheduled, or has already taken effect`)
}
