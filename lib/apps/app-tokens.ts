import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { z } from 'zod'
import { accountOf } from '@/lib/auth/require'
import { HOUR_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import type { Queryable } from '@/lib/credits/store/load-account'
import { inTransaction } from '@/lib/db/transaction'
import { ConsentRequired, Forbidden, Unauthenticated } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { INTO_OUTBOX } from '@/lib/outbox'
import { processState } from '@/lib/process-state'
import { getUser } from '@/lib/users/find-user'
import { APP_VISIBILITIES } from './app'
import { connectHref, consentData, recordConsent, requireConsent } from './consent'
import { findApp, findPayersApp, mayUseApp, requireAppSight } from './find-app'
import { hashOf, isSecret, newSecret } from './secrets'

/** Short, so that a leaked token is worth little. Revoking consent also ends it immediately. */
const TOKEN_HOURS = 1

/** A revoked token stops working within a second in every process: this cache time plus the query behind it. */
const TOKENS_CACHED_MS = 900
const TOKENS_CACHED_MAX = 10_000

export type NewAppToken = { token: string; expiresAt: Date }

type Scope = Pick<Context, 'pool' | 'clock'> & { admit?(): void }
type Which = { accountId: string; appId: string }

/**
 * A token that proves a user's consent for an app; it can quote and never reports usage. A signed-in user gets one after
 * consenting (otherwise `ConsentRequired`); for a secret key, the consent of `user` is recorded. Throws `NotFound` for an
 * unknown user or app, and `Forbidden` if the operator asks for another person's private app.
 */
export async function issueAppToken(
  ctx: Context,
  input: { app: string; user?: string | undefined },
): Promise<NewAppToken> {
  const accountId = await accountOf(ctx, input.user)
  const app = await findApp(ctx, input.app)
  requireAppSight(ctx, app)
  if (!mayUseApp(app, accountId)) throw privateApp()
  const which = { accountId, appId: app.id }
  if (ctx.caller.kind === 'user') {
    await requireConsent(ctx.pool, which)
    return insertToken(ctx, ctx.pool, which)
  }
  await getUser(ctx, accountId)
  return inTransaction(ctx.pool, async (client) => {
    await recordConsent(ctx, client, which)
    return insertToken(ctx, client, which)
  })
}

/** Creates a token for a consent that the caller has verified. `codeHash`: the code exchanged for it. */
export async function insertToken(
  { clock }: Pick<Context, 'clock'>,
  db: Queryable,
  { accountId, appId }: Which,
  codeHash: string | null = null,
): Promise<NewAppToken> {
  const now = clock.now()
  const token = newSecret('at')
  const expiresAt = new Date(now.getTime() + TOKEN_HOURS * HOUR_MS)
  await db.query({
    name: 'insert-app-token',
    // An expired token is answered like an unknown one, so it need not be stored.
    text: `
      with gone as (delete from app_tokens where account_id = $2 and app_id = $3 and expires_at <= $4)
      insert into app_tokens (hash, account_id, app_id, created_at, expires_at, code_hash)
      values ($1, $2, $3, $4, $5, $6)`,
    values: [hashOf(token), accountId, appId, now, expiresAt, codeHash],
  })
  return { token, expiresAt }
}

/**
 * Revokes a user's consent for an app and all its tokens and codes, and records an event: immediately in this process,
 * within a second in others. Repeating it changes nothing.
 */
export async function revokeConsent(
  ctx: Context,
  input: { app: string; user?: string | undefined },
): Promise<void> {
  const accountId = await accountOf(ctx, input.user)
  const { id: appId } = await findPayersApp(ctx, input.app, accountId)
  await ctx.pool.query({
    name: 'revoke-consent',
    text: `
      with consent as (
        update app_consents set revoked_at = $3 where account_id = $1 and app_id = $2 and revoked_at is null
        returning account_id),
      told as (${INTO_OUTBOX} select account_id, $4::uuid, 'consent.revoked', $5::jsonb, $3::timestamptz from consent),
      codes as (
        update connect_codes set used_at = $3 where account_id = $1 and app_id = $2 and used_at is null)
      update app_tokens set revoked_at = $3 where account_id = $1 and app_id = $2 and revoked_at is null`,
    values: [accountId, appId, ctx.clock.now(), newUuid(), consentData(appId)],
  })
  forgetAppTokens(ctx.pool)
}

/**
 * The user and app of a token. Throws `Unauthenticated` if it is unknown, expired or revoked, `ConsentRequired` if consent
 * was revoked, and `Forbidden` if the app is now another person's private app.
 */
export async function findAppToken(scope: Scope, token: string): Promise<Which> {
  const found = isSecret('at', token) ? await lookUp(scope, hashOf(token)) : undefined
  if (!found) throw invalidToken()
  // Checked before expiry, because an app renews an expired token, which is pointless after a revocation.
  if (!found.consented) throw new ConsentRequired(connectHref(found.appId))
  if (found.revoked || found.expiresAt <= scope.clock.now()) throw invalidToken()
  if (!mayUseApp(found, found.accountId)) throw privateApp()
  return { accountId: found.accountId, appId: found.appId }
}

export function forgetAppTokens(pool: Pool): void {
  tokensByHash(pool).clear()
}

function privateApp(): Forbidden {
  return new Forbidden('Only its creator can use a private app.')
}

function invalidToken(): Unauthenticated {
  return new Unauthenticated('The app token is not valid.')
}

const tokenRow = z
  .object({
    account_id: z.string(),
    app_id: z.string(),
    expires_at: z.date(),
    revoked: z.boolean(),
    consented: z.boolean(),
    creator_id: z.string(),
    visibility: z.enum(APP_VISIBILITIES),
  })
  .transform(
    ({ account_id: accountId, app_id: appId, expires_at: expiresAt, creator_id: creatorId, ...found }) => {
      return { accountId, appId, expiresAt, creatorId, ...found }
    },
  )
type KnownToken = z.output<typeof tokenRow>

async function lookUp(scope: Scope, hash: string): Promise<KnownToken | undefined> {
  if (!tokensByHash(scope.pool).has(hash)) scope.admit?.()
  return tokensByHash(scope.pool).fetch(hash)
}

/** Makes one look-up per token and second, however many requests carry the token; concurrent requests share the query. */
function tokensByHash(pool: Pool): LRUCache<string, KnownToken> {
  const caches = processState('app-tokens', () => new WeakMap<Pool, LRUCache<string, KnownToken>>())
  const known = caches.get(pool)
  if (known) return known
  const cache = new LRUCache<string, KnownToken>({
    max: TOKENS_CACHED_MAX,
    ttl: TOKENS_CACHED_MS,
    // A token evicted during its look-up is still answered, but not cached.
    ignoreFetchAbort: true,
    fetchMethod: (hash) => readToken(pool, hash),
  })
  caches.set(pool, cache)
  return cache
}

async function readToken(pool: Pool, hash: string): Promise<KnownToken | undefined> {
  const { rows } = await pool.query({
    name: 'find-app-token',
    text: `
      select t.account_id, t.app_id, t.expires_at, t.revoked_at is not null as revoked, a.creator_id, a.visibility,
        exists (select 1 from app_consents c
          where c.account_id = t.account_id and c.app_id = t.app_id and c.revoked_at is null) as consented
      from app_tokens t join apps a on a.id = t.app_id where t.hash = $1`,
    values: [hash],
  })
  return rows.length === 0 ? undefined : tokenRow.parse(rows[0])
}
