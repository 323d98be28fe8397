import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'

/** The lifetime of a session. Use does not extend it: after a month, people sign in again. */
export const SESSION_DAYS = 30

/** 256 bits cannot be guessed, so the token alone is proof. */
const TOKEN_BYTES = 32

/** next-auth's cookie names. With the prefix, browsers refuse the cookie over plain http. */
const PLAIN_COOKIE = 'next-auth.session-token'
const SECURE_COOKIE = `__Secure-${PLAIN_COOKIE}`

export type NewSession = { token: string; expires: Date }

/** The session token in a `Cookie` header. The cookie that only https can set takes precedence. */
function sessionTokenIn(cookieHeader: string | null): string | null {
  if (cookieHeader === null) return null
  const cookies = new Map<string, string>()
  for (const pair of cookieHeader.split(';')) {
    const [name = '', value = ''] = splitOnce(pair.trim())
    if (!cookies.has(name)) cookies.set(name, value)
  }
  return cookies.get(SECURE_COOKIE) || cookies.get(PLAIN_COOKIE) || null
}

function splitOnce(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
}

/** The user whose session is in the `Cookie` header; null without a valid session. */
export async function findSession(
  pool: Pool,
  cookieHeader: string | null,
  now: Date,
): Promise<{ userId: string } | null> {
  const token = sessionTokenIn(cookieHeader)
  if (token === null) return null
  const { rows } = await pool.query<{ user_id: string }>({
    name: 'find-session',
    text: 'select user_id from sessions where session_token = $1 and expires > $2::timestamptz',
    values: [token, now],
  })
  const [row] = rows
  return row ? { userId: row.user_id } : null
}

/** Signs a user in. The caller sends the token with `sessionCookie`. */
export async function createSession(ctx: Context, userId: string): Promise<NewSession> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const expires = sessionExpiry(ctx)
  await ctx.pool.query({
    name: 'create-session',
    // An expired session is treated like one that never existed, so it can be deleted.
    text: `
      with gone as (delete from sessions where user_id = $2 and expires <= $4)
      insert into sessions (session_token, user_id, expires) values ($1, $2, $3)`,
    values: [token, userId, expires, ctx.clock.now()],
  })
  return { token, expires }
}

export function sessionExpiry(ctx: Pick<Context, 'clock'>): Date {
  return new Date(ctx.clock.now().getTime() + SESSION_DAYS * DAY_MS)
}

/** Ends the session in the `Cookie` header, including for any copy of its token. */
export async function endSession(pool: Pool, cookieHeader: string | null): Promise<void> {
  const token = sessionTokenIn(cookieHeader)
  if (token !== null) await deleteSession(pool, token)
}

/** Ends a session by its token. Does nothing if it no longer exists. */
export async function deleteSession(pool: Pool, token: string): Promise<void> {
  await pool.query('delete from sessions where session_token = $1', [token])
}

/** True if the product's URL uses https, so that cookies are marked `Secure`. */
export function usesSecureCookies(appUrl: string): boolean {
  return appUrl.startsWith('https://')
}

/** The `Set-Cookie` value that signs a browser in. */
export function sessionCookie({ token }: NewSession, appUrl: string): string {
  const secure = usesSecureCookies(appUrl)
  const maxAge = (SESSION_DAYS * DAY_MS) / 1_000
  return cookieText(secure ? SECURE_COOKIE : PLAIN_COOKIE, token, maxAge, secure)
}

/** The `Set-Cookie` values that sign a browser out, under either cookie name. */
export function clearedSessionCookies(): string[] {
  return [cookieText(PLAIN_COOKIE, '', 0, false), cookieText(SECURE_COOKIE, '', 0, true)]
}

function cookieText(name: string, value: string, maxAgeSeconds: number, secure: boolean): string {
  const flags = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`
  return `${name}=${value}; ${flags}${secure ? '; Secure' : ''}`
}
