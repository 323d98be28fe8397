import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { presentSimulation } from '@/lib/api/present-simulation'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { needsLocalStripe, setStripeEndpoint } from '@/lib/billing/stripe-client'
import { CatalogError } from '@/lib/catalog/checks'
import { differencesOf } from '@/lib/catalog/differences'
import { catalogOf } from '@/lib/catalog/read-document'
import { catalogAt, catalogVersions } from '@/lib/catalogs/current'
import { scheduleVersion, withdrawVersion } from '@/lib/catalogs/life'
import type { Context } from '@/lib/context'
import { currentClock, syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { findLocalStripe } from '@/lib/demo/local-stripe'
import { getEnv, SetupError } from '@/lib/env'
import { DomainError } from '@/lib/errors'
import { parseMonth } from '@/lib/operator/report-month'
import { rangeOf, simulateVersion } from '@/lib/versions/simulate-version'
import { withDatabase } from './with-database'

const USAGE = `Changes prices, plans, packs and their words without a new build. Safe alongside a running server.

  npm run -s catalog -- list
  npm run -s catalog -- export > catalog.json      the document in effect
  npm run -s catalog -- check catalog.json         names the first field at fault
  npm run -s catalog -- diff catalog.json          what differs from the document in effect
  npm run -s catalog -- simulate catalog.json --month 2026-11
                                                   what it would have done to that month's charges
  npm run -s catalog -- schedule catalog.json --from 2027-01-01T00:00:00Z
  npm run -s catalog -- withdraw 2                 makes a version that is not in effect yet a draft

A version is scheduled at least 10 minutes ahead. Its prices are created in Stripe first.
`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string' },
    month: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
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

async function inEffect(): Promise<unknown> {
  const { version } = catalogAt(now())
  const { rows } = await getPool().query('select document from catalog_versions where version = $1', [
    version,
  ])
  return rows[0]?.document
}

async function operatorContext(): Promise<Context> {
  const pool = getPool()
  const caller = { kind: 'system', name: 'catalog' } as const
  return { pool, clock: await syncClock(pool), caller, requestId: 'catalog' }
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
    console.log(JSON.stringify(await inEffect(), null, 2))
  },
  async check() {
    catalogOf(read(), 1, null)
    console.log('The document is valid.')
  },
  async diff() {
    const document = read()
    catalogOf(document, 1, null)
    const differences = differencesOf(await inEffect(), document)
    const shown = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value))
    for (const { place, before, after } of differences)
      console.log([place, shown(before), shown(after)].join('\t'))
    if (differences.length === 0) console.log('Nothing differs.')
  },
  async simulate() {
    const month = parseMonth(values.month ?? '')
    if (month === null) throw new SetupError('--month needs a month such as 2026-11')
    const ctx = await operatorContext()
    const at = ctx.clock.now()
    const range = rangeOf(at, { from: month.from, ...(month.to < at ? { to: month.to } : {}) })
    const stop = new AbortController()
    process.once('SIGINT', () => stop.abort(new SetupError('Stopped. Nothing was changed.')))
    const run = simulateVersion(ctx, { document: read(), ...range, signal: stop.signal })
    for (;;) {
      const step = await run.next()
      if (step.done) {
        console.log(JSON.stringify(presentSimulation(step.value, range), null, 2))
        return
      }
      const { charges, of } = step.value
      if (process.stderr.isTTY) process.stderr.write(`\r${charges} of ${of} charges`)
    }
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
    console.log(`Version ${argument} is a draft again.`)
  },
}

/** Commands that need no database, so that a document can be checked before the first start. */
const WITHOUT_DATABASE = ['check']

const run = COMMANDS[command ?? '']
if (run === undefined || values.help) {
  console.log(USAGE.trimEnd())
  process.exitCode = values.help ? 0 : 2
} else {
  try {
    await (WITHOUT_DATABASE.includes(command ?? '') ? run() : withDatabase(run))
  } catch (error) {
    const isExpected = [DomainError, SetupError, CatalogError, SyntaxError].some(
      (kind) => error instanceof kind,
    )
    console.error(isExpected && error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
