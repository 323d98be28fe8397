import { parseArgs } from 'node:util'
import { syncClock } from '@/lib/current-clock'
import { databaseUrl, getPool } from '@/lib/db/pool'
import { EnvError, getEnv } from '@/lib/env'
import { withDatabase } from '@/scripts/with-database'
import { fillLedger } from './fill-ledger'
import { externalIdOf, type LoadSize } from './plan-load'

const USAGE = `Fills the database with a large ledger for measuring; \`npm run audit\` finds it clean afterwards.

  npm run seed:load -- --charges 10000000

  -- charges N   the total number of charges (1000000) heavy N     the charges of the heavy account (a tenth, at most
  -- 1000000) seed N      the seed of the people; once per database (1) force       fill a database of DATABASE_URL even if
  -- it has users
`

const HEAVY_MAX = 1_000_000
/** A seed is part of every id: three hexadecimal digits. */
const SEED_MAX = 0xfff

/** Thrown if the arguments are invalid; the usage text follows. */
class UsageError extends Error {}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value
  throw new UsageError(`--${name} must be a whole number from 1 to ${max}, not ${text}`)
}

function read(argv: string[]): { size: LoadSize; force: boolean } {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: argv,
    options: { charges: text, heavy: text, seed: text, force: { type: 'boolean', default: false } },
  })
  const charges = wholeNumber('charges', values.charges ?? '1000000', 1_000_000_000)
  const heavy = String(Math.min(HEAVY_MAX, Math.floor(charges / 10)))
  return {
    size: {
      charges,
      heavy: wholeNumber('heavy', values.heavy ?? heavy, charges),
      seed: wholeNumber('seed', values.seed ?? '1', SEED_MAX),
    },
    force: values.force,
  }
}

/** Refuses a database with real people, and a seed used before. */
async function requireRoom({ seed }: LoadSize, force: boolean): Promise<void> {
  const { rows } = await getPool().query<{ users: boolean; loaded: boolean }>(
    'select exists (select 1 from users) as users, exists (select 1 from users where external_id = $1) as loaded',
    [externalIdOf(seed, 1)],
  )
  if (rows[0]?.loaded) throw new UsageError(`seed ${seed} is already in this database: choose another --seed`)
  if (rows[0]?.users && getEnv().isProduction && !force)
    throw new UsageError('DATABASE_URL names a database that has users: use --force to fill it anyway')
}

async function load(size: LoadSize, force: boolean): Promise<void> {
  await requireRoom(size, force)
  const count = new Intl.NumberFormat('en')
  const clock = await syncClock(getPool())
  let written = 0
  const filled = await fillLedger(databaseUrl(), {
    size,
    now: clock.now(),
    onProgress: (charges) => {
      written += charges
      process.stderr.write(`\r${count.format(written)} of ${count.format(size.charges)} charges`)
    },
  })
  process.stderr.write('\n')
  const perSecond = count.format(Math.round(filled.charges / filled.seconds))
  console.log(
    `${count.format(filled.charges)} charges of ${count.format(filled.accounts)} accounts in ${count.format(filled.apps)} apps, ` +
      `in ${filled.seconds.toFixed(1)} s: ${perSecond} charges/s`,
  )
  console.log(`most charges: ${externalIdOf(size.seed, 1)}; a thousand: ${externalIdOf(size.seed, 2)}`)
}

try {
  const { size, force } = read(process.argv.slice(2))
  await withDatabase(() => load(size, force))
} catch (error) {
  const isTyped = error instanceof UsageError || error instanceof RangeError
  const isArgument = error instanceof TypeError && 'code' in error
  if (isTyped || isArgument) console.error(`${error.message}\n\n${USAGE}`)
  else console.error(error instanceof EnvError ? error.message : error)
  process.exitCode = 1
}
