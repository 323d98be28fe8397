import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'

/** How long a sign-in lasts. It is not prolonged by use: after a month people sign in again. */
export const SESSION_DAYS = 30

/** 256 bits: cannot be guessed, so the token alone is the proof. */
const TOKEN_BYTES = 32

/** next-auth's names. The prefix makes browsers refuse the cookie over plain http. */
const PLAIN_COOKIE = 'next-auth.session-token'
const SECURE_COOKIE = `__Secure-${PLAIN_COOKIE}`

export type NewSession = { token: string; expires: Date }

/** The session token a `Cookie` header carries; the one only https can have set goes first. */
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

/** The user signed in by this `Cookie` header; null without a valid session. */
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

/** Signs a user in; the caller sends the token as `sessionCookie`. */
export async function createSession(ctx: Context, userId: string): Promise<NewSession> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const expires = sessionExpiry(ctx)
  await ctx.pool.query({
    name: 'create-session',
    // An expired session is treated like one that never existed, so it need not be kept.
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

/** Ends the session of this `Cookie` header, wherever else its token may still be. */
export async function endSession(pool: Pool, cookieHeader: string | null): Promise<void> {
  const token = sessionTokenIn(cookieHeader)
  if (token !== null) await deleteSession(pool, token)
}

/** Ends one session by its token; one that is gone already stays gone. */
export async function deleteSession(pool: Pool, token: string): Promise<void> {
  await pool.query('delete from sessions where session_token = $1', [token])
}

/** Whether cookies are marked for https only: where people open the product decides. */
export function usesSecureCookies(appUrl: string): boolean {
  return appUrl.startsWith('https://')
}

/** The `Set-Cookie` value that signs a browser in. */
export function sessionCookie({ token }: NewSession, appUrl: string): string {
  const secure = usesSecureCookies(appUrl)
  const maxAge = (SESSION_DAYS * DAY_MS) / 1_000
  return cookieText(secure ? SECURE_COOKIE : PLAIN_COOKIE, token, maxAge, secure)
}

/** The `Set-Cookie` values that sign a browser out, whichever name it has. */
export function clearedSessionCookies(): string[] {
  return [cookieText(PLAIN_COOKIE, '', 0, false), cookieText(SECURE_COOKIE, '', 0, true)]
}

function cookieText(name: string, value: string, maxAgeSeconds: number, secure: boolean): string {
  const flags = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`
  return `${name}=${value}; ${flags}${secure ? '; Secure' : ''}`
}
