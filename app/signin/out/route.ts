import { isSameOrigin } from '@/lib/auth/same-origin'
import { clearedSessionCookies, endSession } from '@/lib/auth/session'
import { getPool } from '@/lib/db/pool'
import { getEnv } from '@/lib/env'

/** Signs out: ends the session itself, then deletes its cookie. */
export async function POST(request: Request): Promise<Response> {
  if (!isSameOrigin(request.headers, getEnv().appUrl))
    return new Response('Sent from another site', { status: 403 })
  await endSession(getPool(), request.headers.get('cookie'))
  const headers = new Headers({ location: '/' })
  for (const cookie of clearedSessionCookies()) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
