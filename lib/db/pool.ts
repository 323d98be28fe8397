import type { Socket } from 'node:net'
import pg from 'pg'
import { getEnv } from '@/lib/env'
import { clearProcessState, peekProcessState, processState, setProcessState } from '@/lib/process-state'
import { type Functions, ownFunctions, searchPathOf } from './functions'

/** A statement that runs longer is a defect: no read grows with the total number of charges. */
const STATEMENT_TIMEOUT_MS = 15_000
/** Twice the statement timeout, because an abandoned transaction must not keep a wallet locked. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
/**
 * The server ends a slow statement itself, so a connection that stays silent for longer is dead. A broken network sends no
 * error, and TCP would retry for a quarter of an hour.
 */
const SILENCE_MS_MAX = STATEMENT_TIMEOUT_MS + 2_000
/** After this much silence, TCP probes whether the other machine is still there. */
const KEEP_ALIVE_MS = 30_000
/** Three connections, each with a batch of charges, saturate a small PostgreSQL; ten leave room for pages and look-ups. */
const CONNECTIONS_MAX = 10

const POOL = 'db.pool'
const URL_STATE = 'db.url'

/** The type `int8[]`, which is missing from pg's list of built-in types. */
const OID_INT8_ARRAY = 1016 as typeof pg.types.builtins.INT8

/** Amounts are bigint in the database and safe integers here. A larger number fails instead of being rounded. */
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
  /** A shorter limit on silence, for tests, which cannot wait 17 s. */
  silenceMsMax?: number
  /** The functions of another build, for tests of several builds in one process. */
  functions?: Functions
}

/** Creates a pool with the project's settings. `getPool` returns the process's own; tests and tools create theirs. */
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
      // The pool listens only to idle connections. If a connection breaks during a transaction, its statements fail anyway.
      client.on('error', () => undefined)
      const socket = socketOf(client)
      // Destroying the socket fails the connection's statements immediately, and the pool does not use it again.
      socket.on('timeout', () => socket.destroy(new Error(SILENT)))
      allowSilence(client, silenceMsMax)
      // Not a startup option, because poolers refuse or ignore those.
      await client.query(`set search_path = ${searchPath}`)
    },
  })
  // A broken idle connection is replaced at its next use. Without a listener, its error would end the process.
  pool.on('error', (error) => console.error(`database connection lost: ${error.message}`))
  pool.on('acquire', (client) => allowSilence(client, silenceMsMax))
  return pool
}

/** pg's own message for a single statement, which `isDatabaseTrouble` recognises. */
const SILENT = 'Query read timeout'

function socketOf(client: pg.ClientBase): Socket {
  return (client as pg.Client).connection.stream as Socket
}

/**
 * Lets the statements of a connection take longer, until it returns to the pool; 0 removes the limit. Callers also raise the
 * server's `statement_timeout`.
 */
export function allowSilence(client: pg.ClientBase, silenceMsMax: number): void {
  socketOf(client).setTimeout(silenceMsMax)
}

/** Sets the database of this process, embedded or a test's, in place of `DATABASE_URL`. */
export function setDatabaseUrl(url: string): void {
  setProcessState(URL_STATE, url)
}

/** Registers an open pool as the process's own; `closePool` closes it. */
export function shareDatabase(url: string, pool: pg.Pool): void {
  setDatabaseUrl(url)
  setProcessState(POOL, pool)
}

export function databaseUrl(): string {
  const url = peekProcessState<string>(URL_STATE) ?? getEnv().databaseUrl
  if (!url) throw new Error('There is no database: set DATABASE_URL, or start with npm start.')
  return url
}

/** The process's only pool, shared by the server's and Next's copies of this module. */
export function getPool(): pg.Pool {
  return processState(POOL, () => createPool(databaseUrl()))
}

export async function closePool(): Promise<void> {
  const pool = peekProcessState<pg.Pool>(POOL)
  clearProcessState(POOL)
  await pool?.end()
}
