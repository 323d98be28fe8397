import { isDeepStrictEqual } from 'node:util'
import type { ClientBase, Pool } from 'pg'
import { z } from 'zod'
import { type Catalog, catalog, type PriceVersion } from '@/lib/catalog'
import { CatalogError } from '@/lib/catalog/checks'
import { priceTerms } from '@/lib/catalog/price-changes'
import { inTransaction } from '@/lib/db/transaction'

const stored = z.object({
  version: z.number(),
  effective_from: z.date().nullable(),
  terms: z.record(z.string(), z.unknown()),
})
type Stored = z.infer<typeof stored>

/**
 * Stores the prices of each version and refuses a catalogue that changes or drops a version that has taken effect, because
 * receipts are computed from it. A future version may be changed, postponed or withdrawn. Called at every start with the
 * product's time. Throws `CatalogError` naming the field.
 */
export async function keepPriceVersions(pool: Pool, now: Date, from: Catalog = catalog): Promise<void> {
  await inTransaction(pool, async (client) => {
    // Several processes may start concurrently. The lock does not block readers.
    await client.query('lock table price_versions in share row exclusive mode')
    const { rows } = await client.query(
      'select version, effective_from, terms from price_versions order by version',
    )
    for (const row of rows.map((one) => stored.parse(one))) {
      const isInForce = row.effective_from === null || row.effective_from <= now
      if (isInForce && !(await isWithdrawn(client, row, from))) requireUnchanged(row, from)
    }
    for (const version of from.priceVersions) await remember(client, version)
  })
}

/** Deletes a stored version that the catalogue no longer has, if no charge or hold used it. Returns true if it did. */
async function isWithdrawn(client: ClientBase, row: Stored, from: Catalog): Promise<boolean> {
  if (from.priceVersions.some(({ version }) => version === row.version)) return false
  const { rows } = await client.query<{ used: boolean }>(
    `select exists (select 1 from charges where at >= coalesce($1::timestamptz, '-infinity') and price_version = $2)
       or exists (select 1 from holds where price_version = $2) as used`,
    [row.effective_from, row.version],
  )
  if (rows[0]?.used) return false
  await client.query('delete from price_versions where version = $1', [row.version])
  return true
}

function requireUnchanged(row: Stored, from: Catalog): void {
  const index = from.priceVersions.findIndex(({ version }) => version === row.version)
  const version = from.priceVersions[index]
  if (!version)
    throw new CatalogError('priceVersions', `version ${row.version} is missing, but charges were made at it`)
  const field = `priceVersions[${index}]`
  if ((row.effective_from?.getTime() ?? null) !== startOf(version))
    throw new CatalogError(`${field}.effectiveFrom`, `version ${row.version} has already taken effect`)
  const terms = termsOf(version)
  for (const key of new Set([...Object.keys(row.terms), ...Object.keys(terms)])) {
    if (isDeepStrictEqual(row.terms[key], terms[key])) continue
    const place = version.operations.findIndex((operation) => `operations.${operation.key}` === key)
    const where = place < 0 ? key : `operations[${place}]`
    throw new CatalogError(
      `${field}.${where}`,
      `version ${row.version} has taken effect and must not change: add a version with the next number`,
    )
  }
}

async function remember(client: ClientBase, version: PriceVersion): Promise<void> {
  await client.query(
    `insert into price_versions (version, effective_from, terms) values ($1, $2, $3)
     on conflict (version) do update set effective_from = excluded.effective_from, terms = excluded.terms`,
    [version.version, version.effectiveFrom, JSON.stringify(termsOf(version))],
  )
}

function startOf({ effectiveFrom }: PriceVersion): number | null {
  return effectiveFrom === null ? null : Date.parse(effectiveFrom)
}

/** The fields of a version that decide an amount, as JSON returns them. */
function termsOf(version: PriceVersion): Record<string, unknown> {
  const operations = version.operations.map((operation) => [
    `operations.${operation.key}`,
    priceTerms(operation),
  ])
  return { creatorPremiumBps: version.creatorPremiumBps, ...Object.fromEntries(operations) }
}
