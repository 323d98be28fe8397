import pg from 'pg'
import { mainPrice, planOf } from '@/lib/catalog'
import { catalogAt, currentCatalog } from '@/lib/catalogs/current'
import { type LoadPlan, type LoadSize, planLoad } from './plan-load'
import { priceShapes, type Shapes } from './shapes'
import {
  CREATE_TABLES,
  INSERT_SHAPES,
  insertEveryapp,
  insertEverybody,
  makeCharges,
  makePeriods,
  type Terms,
  WRITE_REWARDS,
  writePeople,
  writeRows,
} from './statements'

/** Few enough to sort in memory, and enough to spread the fixed cost of a statement. */
const CHARGES_A_CHUNK = 250_000
/** One connection for each core of a small machine. */
const CONNECTIONS = 2

export type Filled = { accounts: number; apps: number; charges: number; seconds: number }

/**
 * Writes a ledger of the given size exactly as the verbs would have left it, ending now. Each account commits as a whole, so
 * an interrupted fill leaves a consistent ledger.
 */
export async function fillLedger(
  url: string,
  { size, now, onProgress }: { size: LoadSize; now: Date; onProgress?: (charges: number) => void },
): Promise<Filled> {
  const started = performance.now()
  const load = planLoad(size, now)
  const shapes = priceShapes(catalogAt(now))
  const terms = termsOf(load, shapes, now)
  const chunks = chunksOf(load)
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(url)))
  try {
    for (const client of clients) await prepare(client, load, shapes, terms)
    await inTransaction(clients[0], (client) => client.query(writePeople()))
    const work = async (client: pg.Client, slot: number) => {
      for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
        await fillChunk(client, chunk, { terms, slot, now })
        onProgress?.(chunk.charges)
      }
    }
    await Promise.all(clients.map(work))
    await clients[0]?.query('vacuum (analyze)')
  } finally {
    await Promise.all(clients.map((client) => client.end()))
  }
  const seconds = (performance.now() - started) / 1_000
  return { accounts: load.accounts.length, apps: load.apps.length, charges: load.charges, seconds }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  // An interrupted fill has to be repeated, so its commits need not wait for the disk.
  await client.query(`set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set synchronous_commit = off;
    set work_mem = '256MB'; set temp_buffers = '128MB'; set jit = off; set timezone = 'UTC'`)
  return client
}

function termsOf({ seed }: LoadPlan, { sessions }: Shapes, now: Date): Terms {
  const packs = catalogAt(now).packs.toSorted((one, other) => other.credits - one.credits)
  const [largest] = packs
  if (!largest) throw new Error('the catalogue sells no pack, without which the load cannot be paid')
  return {
    at: now.getTime(),
    seed,
    packCredits: largest.credits,
    packCents: mainPrice(largest).amount,
    priceVersion: catalogAt(now).version,
    sessions,
    graceHours: catalogAt(now).terms.renewalGraceHoursMax,
  }
}

async function prepare(client: pg.Client, { accounts, apps }: LoadPlan, { shapes }: Shapes, terms: Terms) {
  await client.query(CREATE_TABLES)
  await client.query(INSERT_SHAPES, [
    shapes.map((_, index) => index),
    shapes.map(({ operation }) => operation),
    shapes.map(({ usage }) => JSON.stringify(usage)),
    shapes.map(({ own }) => own.base),
    shapes.map(({ others }) => others.premium),
    shapes.map(({ others }) => others.premiumBps),
  ])
  await client.query(insertEverybody(terms), [
    accounts.map(({ number }) => number),
    accounts.map(({ externalId }) => externalId),
    accounts.map((account) => account.plan),
    accounts.map((account) => planOf(currentCatalog(), account.plan).monthlyCredits),
    accounts.map((account) => Object.values(planOf(currentCatalog(), account.plan).prices)[0] ?? null),
    accounts.map(({ signedUpAt }) => signedUpAt),
    accounts.map(({ periods }) => JSON.stringify(periods.map(({ start }) => start))),
    accounts.map(({ periods }) => JSON.stringify(periods.map(({ end }) => end))),
    accounts.map(({ charges }) => charges),
    accounts.map(({ chargesBefore }) => chargesBefore),
    accounts.map((account) => JSON.stringify(account.apps)),
  ])
  await client.query(insertEveryapp(terms), [
    apps.map(({ number }) => number),
    apps.map(({ creator }) => creator),
    apps.map(({ name }) => name),
    apps.map(({ slug }) => slug),
    apps.map(({ createdAt }) => createdAt),
  ])
  await client.query('analyze shape, everybody, everyapp')
}

type Chunk = { first: number; last: number; charges: number }

/** Whole accounts until a chunk has enough charges; the heavy account is a chunk of its own. */
function chunksOf({ accounts }: LoadPlan): Chunk[] {
  const chunks: Chunk[] = []
  for (const { number, charges } of accounts) {
    const open = chunks.at(-1)
    if (open && open.charges + charges <= CHARGES_A_CHUNK) {
      open.last = number
      open.charges += charges
    } else chunks.push({ first: number, last: number, charges })
  }
  return chunks
}

type ChunkOptions = { terms: Terms; slot: number; now: Date }

async function fillChunk(client: pg.Client, chunk: Chunk, { terms, slot, now }: ChunkOptions): Promise<void> {
  await inTransaction(client, async () => {
    const at = now.toISOString()
    await client.query(makeCharges(terms), [chunk.first, chunk.last, at])
    await client.query(makePeriods(terms, at))
    for (const statement of writeRows(terms)) await client.query(statement)
    for (const statement of WRITE_REWARDS) await client.query(statement, [slot])
  })
}

async function inTransaction(
  client: pg.Client | undefined,
  run: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  if (!client) throw new Error('no connection is open')
  await client.query('begin')
  try {
    await run(client)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}
