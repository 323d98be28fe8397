import { findAppToken } from '@/lib/apps/app-tokens'
import { systemClock } from '@/lib/clock'
import type { Caller, Context } from '@/lib/context'
import { Forbidden, Unauthenticated } from '@/lib/errors'
import { findKey } from './keys'
import { isSameOrigin } from './same-origin'
import { findSession } from './session'

const NOBODY: Caller = { kind: 'nobody' }

/** The scheme is case-insensitive (RFC 9110, section 11.1). */
const BEARER = /^Bearer +([!-~]+)$/i

/** Safe methods are allowed from other sites: the browser does not let those read the response. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

type Scope = Pick<Context, 'pool' | 'clock'> & {
  appUrl: string
  /** Runs before an unknown credential is looked up; throws for a caller who guesses. */
  admit(): void
}

/**
 * The caller of a request, identified by the Authorization header or else by the session cookie. Throws `Unauthenticated`
 * for an unknown credential, `ConsentRequired` for an app whose consent was revoked, and `Forbidden` for a change that
 * another site sent with the cookie.
 */
export async function authenticate(scope: Scope, request: Request): Promise<Caller> {
  const authorization = request.headers.get('authorization')
  if (authorization !== null) return callerOf(scope, authorization)
  const cookies = request.headers.get('cookie')
  if (cookies === null) return NOBODY
  scope.admit()
  const session = await findSession(scope.pool, cookies, systemClock.now())
  if (session === null) return NOBODY
  if (!SAFE_METHODS.has(request.method) && !isSameOrigin(request.headers, scope.appUrl)) {
    throw new Forbidden('A signed-in user can change things only from the pages of this site.')
  }
  return { kind: 'user', userId: session.userId }
}

async function callerOf(scope: Scope, authorization: string): Promise<Caller> {
  const token = BEARER.exec(authorization)?.[1]
  if (token?.startsWith('sk_')) {
    const key = await findKey(scope, token)
    if (key !== null) return { kind: 'key', keyId: key.id, name: key.name }
  }
  if (token?.startsWith('at_')) {
    const { accountId, appId } = await findAppToken(scope, token)
    return { kind: 'appToken', userId: accountId, appId }
  }
  throw new Unauthenticated('The credentials in the Authorization header are not valid.')
}
