import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { freePlanKey } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { lookUp } from '@/lib/db/look-up'
import { NotFound } from '@/lib/errors'
import { problemWithText } from '@/lib/http/read-body'
import { parsePublicId } from '@/lib/ids'
import { shownName } from '@/lib/names'
import { processState } from '@/lib/process-state'

export type User = {
  id: string
  externalId: string | null
  email: string
  name: string | null
  /** The key of the plan. */
  plan: string
  createdAt: Date
}

/** An external id always belongs to the same user, so the mapping is cached once found. */
const ACCOUNTS_CACHED_MAX = 100_000

function accountsByExternalId(database: object): LRUCache<string, string> {
  const caches = processState(
    'accounts-by-external-id',
    () => new WeakMap<object, LRUCache<string, string>>(),
  )
  const cache = caches.get(database) ?? new LRUCache<string, string>({ max: ACCOUNTS_CACHED_MAX })
  caches.set(database, cache)
  return cache
}

async function readAccounts(pool: Pool, externalIds: readonly string[]): Promise<(string | null)[]> {
  const { rows } = await pool.query<{ id: string; external_id: string }>({
    name: 'find-accounts',
    text: 'select id, external_id from users where external_id = any($1::text[])',
    values: [externalIds],
  })
  const found = new Map(rows.map((row) => [row.external_id, row.id]))
  return externalIds.map((externalId) => found.get(externalId) ?? null)
}

/**
 * The account of a user's id (`usr_…`) or the operator's external id. A well-formed id is not looked up here: a ledger verb
 * throws `NotFound` for an unknown account. Throws `NotFound` for an unknown external id.
 */
export async function findAccountId(ctx: Context, user: string): Promise<string> {
  if (user.startsWith('usr_')) {
    const id = parsePublicId('user', user)
    if (id === null) throw new NotFound('user')
    return id
  }
  const cache = accountsByExternalId(ctx.pool)
  const known = cache.get(user)
  if (known !== undefined) return known
  // A value the database rejects would fail the shared look-up of every concurrent caller.
  const accountId =
    problemWithText(user) === null ? await lookUp('accounts', ctx.pool, user, readAccounts) : null
  if (accountId === null) throw new NotFound('user')
  cache.set(user, accountId)
  return accountId
}

/** A user by account id. Throws `NotFound`. */
export async function getUser(ctx: Context, accountId: string): Promise<User> {
  const { rows } = await ctx.pool.query<UserRow>({
    name: 'get-user',
    text: `select ${USER_COLUMNS} from users u join wallets w on w.account_id = u.id where u.id = $1`,
    values: [accountId, ctx.clock.now()],
  })
  const [row] = rows
  if (!row) throw new NotFound('user')
  return userOf(row)
}

export type UserRow = {
  id: string
  external_id: string | null
  email: string
  name: string | null
  /** Null if the stored plan has ended and Free follows. */
  plan: string | null
  created_at: Date
}

/** `$2` is the current time: a plan that has ended is followed by the next, whether or not a write has recorded it. */
export const USER_COLUMNS = `u.id, u.external_id, u.email, u.name, u.created_at,
  case when w.plan_ends_at <= $2::timestamptz then w.platform_plan else w.plan end as plan`

export function userOf(row: UserRow): User {
  return {
    id: row.id,
    externalId: row.external_id,
    email: row.email,
    name: shownName(row.name),
    plan: row.plan ?? freePlanKey(),
    createdAt: row.created_at,
  }
}
