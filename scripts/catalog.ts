import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { needsLocalStripe, setStripeEndpoint } from '@/lib/billing/stripe-client'
import { CatalogError } from '@/lib/catalog/checks'
import { announcedChange } from '@/lib/catalog/price-changes'
import { catalogOf } from '@/lib/catalog/read-document'
import { catalogAt, catalogVersions } from '@/lib/catalogs/current'
import { scheduleVersion, withdrawVersion } from '@/lib/catalogs/life'
import { currentClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { findLocalStripe } from '@/lib/demo/local-stripe'
import { getEnv, SetupError } from '@/lib/env'
import { DomainError } from '@/lib/errors'
import { withDatabase } from './with-database'

const USAGE = `Changes prices, plans, packs and their words without a new build. Safe alongside a running server.

  npm run -s catalog -- list
  npm run -s catalog -- export > catalog.json      the document in effect
  npm run -s catalog -- check catalog.json         names the first field at fault
  npm run -s catalog -- diff catalog.json          the operations whose price would change
  npm run -s catalog -- schedule catalog.json --from 2027-01-01T00:00:00Z
  npm run -s catalog -- withdraw 2                 a version that is not in effect yet

A version is scheduled at least 10 minutes ahead. Its prices are created at Stripe first.
`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { from: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
})
const [command, argument] = positionals

function read(): unknown {
  if (argument === undefined) throw new SetupError(`${command} needs a file`)
  return JSON.parse(readFileSync(argument, 'utf8'))
}

function instant(): Date {
  const from = new Date(values.from ?? '')
  if (Number.isNaN(from.getTime())) throw new SetupError('--from needs a time such as 2027-01-01T00:00:00Z')
  return from
}

const now = () => currentClock().now()

const COMMANDS: Record<string, () => Promise<void>> = {
  async list() {
    for (const { version, effectiveFrom } of catalogVersions()) {
      const state = version === catalogAt(now()).version ? 'in effect' : ''
      console.log([version, effectiveFrom?.toISOString() ?? 'from the beginning', state].join('\t'))
    }
  },
  async export() {
    const { version } = catalogAt(now())
    const { rows } = await getPool().query('select document from catalog_versions where version = $1', [
      version,
    ])
    console.log(JSON.stringify(rows[0]?.document, null, 2))
  },
  async check() {
    catalogOf(read(), 1, null)
    console.log('The document is valid.')
  },
  async diff() {
    const current = catalogAt(now())
    const next = catalogOf(read(), current.version + 1, new Date(8.64e15))
    const change = announcedChange(current, [next])
    for (const { operation, before, after } of change?.changes ?? [])
      console.log([operation, before?.shownAs ?? 'new', after?.shownAs ?? 'retired'].join('\t'))
    if (change === null) console.log('No price changes.')
  },
  async schedule() {
    const env = getEnv()
    const local = needsLocalStripe(env) ? findLocalStripe(env) : null
    if (local !== null) setStripeEndpoint(local)
    const wanted = { document: read(), from: instant(), now: now() }
    const { version } = await scheduleVersion(getPool(), wanted, async (next) => {
      if (env.hasBilling) await syncCatalog(next)
    })
    console.log(`Version ${version} takes effect at ${wanted.from.toISOString()}.`)
  },
  async withdraw() {
    await withdrawVersion(getPool(), { version: Number(argument), now: now() })
    console.log(`Version ${argument} is withdrawn.`)
  },
}

const run = COMMANDS[command ?? '']
if (run === undefined || values.help) {
  console.log(USAGE.trimEnd())
  process.exitCode = values.help ? 0 : 2
} else {
  try {
    await withDatabase(run)
  } catch (error) {
    const isExpected = [DomainError, SetupError, CatalogError, SyntaxError].some(
      (kind) => error instanceof kind,
    )
    console.error(isExpected && error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
