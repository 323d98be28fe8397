import { hash, randomInt } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { z } from 'zod'
import type { Clock } from '@/lib/clock'
import { MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { problemWithName, shownName } from '@/lib/names'
import { processState } from '@/lib/process-state'

/** A secret key of the operator's server, without its secret, which is shown once and stored only as a hash. */
export type SecretKey = {
  id: string
  name: string
  /** The first characters of the secret, which identify it in a list. */
  prefix: string
  createdAt: Date
  /** Updated at most once a minute. */
  lastUsedAt: Date | null
  revokedAt: Date | null
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 40 characters from an alphabet of 62 give 238 random bits; without the 8 shown in lists, 190 remain secret. */
const SECRET_LENGTH = 40
const PREFIX_LENGTH = 'sk_'.length + 8
const SECRET_FORMAT = /^sk_[0-9A-Za-z]{40}$/
const NAME_LENGTH_MAX = 100

/** A revoked key stops working within a second in every process: this cache time plus the query behind it. */
const KEYS_CACHED_MS = 900
/** Half the cache time. A key in use is refreshed alongside its requests, so that none waits for the query. */
const KEYS_FRESH_MS = 450
const KEYS_CACHED_MAX = 10_000

const keyRow = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string(),
    created_at: z.date(),
    last_used_at: z.date().nullable(),
    revoked_at: z.date().nullable(),
  })
  .transform(
    (row): SecretKey => ({
      id: row.id,
      name: shownName(row.name) ?? 'Unnamed key',
      prefix: row.prefix,
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at,
      revokedAt: row.revoked_at,
    }),
  )

const COLUMNS = 'id, name, prefix, created_at, last_used_at, revoked_at'

/** `admit`: runs before an unknown secret is looked up; throws for a caller who guesses. */
type Scope = Pick<Context, 'pool' | 'clock'> & { admit?(): void }

function newSecret(): string {
  let secret = 'sk_'
  for (let index = 0; index < SECRET_LENGTH; index++) secret += ALPHABET.charAt(randomInt(ALPHABET.length))
  return secret
}

/** Plain SHA-256 is enough: the secret is random, so no dictionary applies. */
function hashOf(secret: string): string {
  return hash('sha256', secret, 'hex')
}

/** Creates a key. `secret` cannot be shown again. Throws `InvalidRequest` for an invalid name. */
export async function createKey(
  { pool, clock }: Scope,
  input: { name: string },
): Promise<{ key: SecretKey; secret: string }> {
  const name = input.name.trim()
  if (name === '' || name.length > NAME_LENGTH_MAX) {
    throw InvalidRequest.at('name', `must have 1 to ${NAME_LENGTH_MAX} characters`)
  }
  const problem = problemWithName(name)
  if (problem !== null) throw InvalidRequest.at('name', problem)
  const secret = newSecret()
  const { rows } = await pool.query({
    text: `insert into api_keys (id, name, prefix, hash, created_at) values ($1, $2, $3, $4, $5) returning ${COLUMNS}`,
    values: [newUuid(), name, secret.slice(0, PREFIX_LENGTH), hashOf(secret), clock.now()],
  })
  return { key: keyRow.parse(rows[0]), secret }
}

/** Every key ever created, newest first, including revoked ones. */
export async function listKeys({ pool }: Scope): Promise<SecretKey[]> {
  const { rows } = await pool.query(`select ${COLUMNS} from api_keys order by id desc`)
  return z.array(keyRow).parse(rows)
}

/**
 * Revokes a key: immediately in this process, within a second in others. Revoking again changes nothing. Throws
 * `NotFound`, or `InvalidRequest` if a prefix matches several keys.
 */
export async function revokeKey(
  { pool, clock }: Scope,
  which: { id: string } | { prefix: string },
): Promise<SecretKey> {
  const [column, value] = 'id' in which ? ['id', which.id] : ['prefix', which.prefix]
  const found = await pool.query<{ id: string }>({
    text: `select id from api_keys where ${column} = $1 limit 2`,
    values: [value],
  })
  if (found.rows.length > 1) throw InvalidRequest.at('prefix', 'matches several keys; use the id')
  const [key] = found.rows
  if (!key) throw new NotFound('key')
  const { rows } = await pool.query({
    text: `update api_keys set revoked_at = coalesce(revoked_at, $2) where id = $1 returning ${COLUMNS}`,
    values: [key.id, clock.now()],
  })
  keysByHash(pool).clear()
  return keyRow.parse(rows[0])
}

type LiveKey = { id: string; name: string }

/** The live key of a secret; null if it is unknown or revoked. */
export async function findKey(scope: Scope, secret: string): Promise<LiveKey | null> {
  if (!SECRET_FORMAT.test(secret)) return null
  const cache = keysByHash(scope.pool)
  const hashed = hashOf(secret)
  const known = cache.get(hashed)
  if (known === undefined) {
    if (!wereKeys(scope.pool).has(hashed)) scope.admit?.()
    const found = await cache.fetch(hashed, { context: scope.clock })
    if (found) wereKeys(scope.pool).set(hashed, true)
    return found ?? null
  }
  // The refreshed result counts from its arrival. Until then, or if the query fails, the cached one keeps its remaining
  // time.
  if (cache.getRemainingTTL(hashed) < KEYS_CACHED_MS - KEYS_FRESH_MS)
    cache.fetch(hashed, { context: scope.clock, forceRefresh: true }).catch(() => undefined)
  return known
}

/** Makes one look-up per key and second, however many requests carry the key; concurrent requests share the query. */
function keysByHash(pool: Pool): LRUCache<string, LiveKey, Clock> {
  const caches = processState('secret-keys', () => new WeakMap<Pool, LRUCache<string, LiveKey, Clock>>())
  const known = caches.get(pool)
  if (known) return known
  const cache = new LRUCache<string, LiveKey, Clock>({
    max: KEYS_CACHED_MAX,
    ttl: KEYS_CACHED_MS,
    fetchMethod: (hashed, _stale, { context }) => readKey({ pool, clock: context }, hashed),
  })
  caches.set(pool, cache)
  return cache
}

/** Hashes of known keys. A server that returns after a pause is not guessing, whatever else came from its address. */
function wereKeys(pool: Pool): LRUCache<string, true> {
  const known = processState('former-keys', () => new WeakMap<Pool, LRUCache<string, true>>())
  const cache = known.get(pool) ?? new LRUCache<string, true>({ max: KEYS_CACHED_MAX })
  known.set(pool, cache)
  return cache
}

async function readKey(scope: Scope, hashed: string): Promise<LiveKey | undefined> {
  const { rows } = await scope.pool.query({
    name: 'find-key',
    text: `select ${COLUMNS} from api_keys where hash = $1 and revoked_at is null`,
    values: [hashed],
  })
  if (rows.length === 0) return undefined
  const key = keyRow.parse(rows[0])
  noteUse(scope, key)
  return { id: key.id, name: key.name }
}

/** Written alongside the request without delaying its answer. If a record is lost, the next one follows within a minute. */
function noteUse({ pool, clock }: Scope, key: SecretKey): void {
  const now = clock.now()
  if (key.lastUsedAt !== null && now.getTime() - key.lastUsedAt.getTime() < MINUTE_MS) return
  pool
    .query({ text: 'update api_keys set last_used_at = $2 where id = $1', values: [key.id, now] })
    .catch(() => undefined)
}
