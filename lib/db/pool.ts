import type { Socket } from 'node:net'
import pg from 'pg'
import { getEnv } from '@/lib/env'
import { clearProcessState, peekProcessState, processState, setProcessState } from '@/lib/process-state'
import { type Functions, ownFunctions, searchPathOf } from './functions'

/** A statement that runs longer than this is a defect, not work: no read grows with the number of charges ever made. */
const STATEMENT_TIMEOUT_MS = 15_000
/** Twice the statement timeout: a forgotten transaction must not keep a wallet locked. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
/**
 * The server gives up a statement by itself, so a connection that is silent for longer than that has nobody at its other
 * end: a network that broke in the middle says nothing, and TCP goes on trying for a quarter of an hour.
 */
const SILENCE_MS_MAX = STATEMENT_TIMEOUT_MS + 2_000
/** After so long without a word, the other machine is asked whether it is still there. */
const KEEP_ALIVE_MS = 30_000
/** One batch of charges per connection saturates a small PostgreSQL with three; ten leave room for pages and look-ups. */
const CONNECTIONS_MAX = 10

const POOL = 'db.pool'
const URL_STATE = 'db.url'

/** Type `int8[]`, which pg's list of built-in types leaves out. */
const OID_INT8_ARRAY = 1016 as typeof pg.types.builtins.INT8

/** Amounts are bigint in the database and safe integers here; anything larger fails instead of being rounded. */
function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 beyond the safe integers: ${text}`)
  return value
}

const parseTextArray: (text: string) => (string | null)[] = pg.types.getTypeParser(OID_INT8_ARRAY, 'text')

function parseInt8Array(text: string): (number | null)[] {
  return parseTextArray(text).map((item) => (item === null ? null : parseInt8(item)))
}

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (format !== 'binary' && oid === pg.types.builtins.INT8) return parseInt8
    if (format !== 'binary' && oid === OID_INT8_ARRAY) return parseInt8Array
    return pg.types.getTypeParser(oid, format)
  },
}

type PoolOptions = {
  max?: number
  /** For tests, which do not wait for 17 s. */
  silenceMsMax?: number
  /** For tests of several builds in one process. */
  functions?: Functions
}

/** A pool with the project's settings. `getPool` is the one of the process; tests and tools open their own. */
export function createPool(url: string, options: PoolOptions = {}): pg.Pool {
  const silenceMsMax = options.silenceMsMax ?? SILENCE_MS_MAX
  const searchPath = searchPathOf(options.functions ?? ownFunctions())
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? CONNECTIONS_MAX,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: 'ai-credits',
    types,
    onConnect: async (client) => {
      // The pool listens to idle connections only. One that breaks while a transaction has it tells its statements, too.
      client.on('error', () => undefined)
      const socket = socketOf(client)
      // Its statements fail at once, and the pool does not lend it again.
      socket.on('timeout', () => socket.destroy(new Error(SILENT)))
      allowSilence(client, silenceMsMax)
      // Not a startup option: poolers refuse or ignore those.
      await client.query(`set search_path = ${searchPath}`)
    },
  })
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on('error', (error) => console.error(`database connection lost: ${error.message}`))
  pool.on('acquire', (client) => allowSilence(client, silenceMsMax))
  return pool
}

/** As pg says it of a single statement; known as trouble of the database (`isDatabaseTrouble`). */
const SILENT = 'Query read timeout'

function socketOf(client: pg.ClientBase): Socket {
  return (client as pg.Client).connection.stream as Socket
}

/**
 * Lets the statements of a connection take longer than others may, until it is given back; 0: as long as they take. The
 * server's own `statement_timeout` is for whoever asks to raise as well.
 */
export function allowSilence(client: pg.ClientBase, silenceMsMax: number): void {
  socketOf(client).setTimeout(silenceMsMax)
}

/** Names the database of this process when `DATABASE_URL` does not: the embedded one, or a test's. */
export function setDatabaseUrl(url: string): void {
  setProcessState(URL_STATE, url)
}

/** Makes an open pool the one of the process, which from then on closes it. */
export function shareDatabase(url: string, pool: pg.Pool): void {
  setDatabaseUrl(url)
  setProcessState(POOL, pool)
}

export function databaseUrl(): string {
  const url = peekProcessState<string>(URL_STATE) ?? getEnv().databaseUrl
  if (!url) throw new Error('There is no database: set DATABASE_URL, or start with npm start.')
  return url
}

/** The one pool of the process, shared by the server's and Next's copies of this module. */
export function getPool(): pg.Pool {
  return processState(POOL, () => createPool(databaseUrl()))
}

export async function closePool(): Promise<void> {
  const pool = peekProcessState<pg.Pool>(POOL)
  clearProcessState(POOL)
  await pool?.end()
}
