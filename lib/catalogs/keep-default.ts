import { readFileSync } from 'node:fs'
import type { ClientBase, Pool } from 'pg'
import { z } from 'zod'
import shipped from '@/lib/catalog/default.json' with { type: 'json' }
import type { CatalogDocument } from '@/lib/catalog/document'
import { BPS_MAX } from '@/lib/catalog/limits'
import { isSamePrices } from '@/lib/catalog/price-changes'
import { catalogOf } from '@/lib/catalog/read-document'
import { inTransaction } from '@/lib/db/transaction'
import { MILLICREDITS_PER_CREDIT } from '@/lib/millicredits'
import { knowCatalogs } from './current'

/**
 * The document an empty database begins with: the shipped one, or the file named by `TEST_CATALOG`, which production
 * refuses.
 */
export function defaultDocument(): unknown {
  const file = process.env.TEST_CATALOG
  return file ? JSON.parse(readFileSync(file, 'utf8')) : shipped
}

/** Makes the default document the catalogue of this process, for tests and tools that work on databases of their own. */
export function knowDefault(): void {
  knowCatalogs([catalogOf(defaultDocument(), 1, null)])
}

/**
 * Gives a database without a catalogue its first version. One that was upgraded from code-defined prices keeps each price
 * version with its number, because receipts are computed from it; the default document becomes the next version if its
 * prices differ. Throws `CatalogError` if the default document is invalid.
 */
export async function keepDefault(pool: Pool, now: Date): Promise<void> {
  const document = defaultDocument()
  const offered = catalogOf(document, 1, null)
  await inTransaction(pool, async (client) => {
    // Several processes may start concurrently. The lock does not block readers.
    await client.query('lock table catalog_versions in share row exclusive mode')
    const { rows } = await client.query("select 1 from catalog_versions where state = 'scheduled' limit 1")
    if (rows.length > 0) return
    const earlier = await earlierVersions(client, document as CatalogDocument)
    for (const one of earlier) await insert(client, one)
    const last = earlier.at(-1)
    const version = (last?.version ?? 0) + 1
    const isNew = last === undefined || !isSamePrices(catalogOf(last.document, 1, null), offered)
    if (isNew) await insert(client, { version, effectiveFrom: last ? now : null, document })
  })
}

type Version = { version: number; effectiveFrom: Date | null; document: unknown }

async function insert(client: ClientBase, { version, effectiveFrom, document }: Version): Promise<void> {
  await client.query(
    `insert into catalog_versions (version, state, effective_from, document) values ($1, 'scheduled', $2, $3)`,
    [version, effectiveFrom, JSON.stringify(document)],
  )
}

const millicredits = z.number().transform((amount) => amount / MILLICREDITS_PER_CREDIT)

/** The terms of an operation as version 0.2.0 and earlier stored them. */
const oldTerms = z.object({
  tier: z.string(),
  rates: z.record(
    z.string(),
    z.object({
      amount: millicredits,
      per: z.number(),
      included: z.number().transform((count) => count || undefined),
    }),
  ),
  minimum: millicredits,
  surcharge: millicredits.nullable(),
  surchargedBy: z.record(z.string(), z.string()),
})

const oldVersions = z.array(
  z.object({
    version: z.number(),
    effective_from: z.date().nullable(),
    terms: z.record(z.string(), z.unknown()),
  }),
)

const PREFIX = 'operations.'

/** The price versions of an upgraded database, with the default document's words and plans. */
async function earlierVersions(client: ClientBase, words: CatalogDocument): Promise<Version[]> {
  const { rows } = await client.query(
    'select version, effective_from, terms from price_versions order by version',
  )
  return oldVersions.parse(rows).map(({ version, effective_from, terms }) => {
    const keys = Object.keys(terms).flatMap((key) => (key.startsWith(PREFIX) ? key.slice(PREFIX.length) : []))
    // The stored terms have no order; retired operations come last.
    const order = [...words.operations.map(({ key }) => key), ...keys]
    const operations = keys
      .toSorted((one, other) => order.indexOf(one) - order.indexOf(other))
      .map((key) => ({ ...wordsFor(key, words), ...oldTerms.parse(terms[`${PREFIX}${key}`]) }))
    const premium = z.number().parse(terms.creatorPremiumBps) / BPS_MAX
    return { version, effectiveFrom: effective_from, document: { ...words, operations, premium } }
  })
}

/** An operation's words; for a retired one, those of its first relative, because only its prices were stored. */
function wordsFor(key: string, { operations }: CatalogDocument): CatalogDocument['operations'][number] {
  const known = operations.find((operation) => operation.key === key)
  if (known) return known
  const [family = ''] = key.split('.')
  const relative = operations.find((operation) => operation.key.startsWith(`${family}.`)) ?? operations[0]
  if (!relative) throw new Error('the default document has operations')
  return { ...relative, key, name: key, description: key }
}
