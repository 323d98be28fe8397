import { getEnv } from '@/lib/env'
import { RateLimited } from '@/lib/errors'
import { peekProcessState, setProcessState } from '@/lib/process-state'
import { CLIENT_ADDRESS_HEADER, clientAddress } from './client-address'
import { countAddress, countRequest } from './rate-limit'

const BEHIND_OUR_SERVER = 'http.behind-our-server'

/** Says that every request of this process comes through `server.ts`, which names the client itself. */
export function nameClients(): void {
  setProcessState(BEHIND_OUR_SERVER, true)
}

/** The address that a request to Next is counted under. Null when nobody can tell: elsewhere, only a trusted proxy can. */
export function pageAddress(headers: Headers): string | null {
  if (peekProcessState<boolean>(BEHIND_OUR_SERVER)) return headers.get(CLIENT_ADDRESS_HEADER)
  const { trustedProxies } = getEnv()
  return clientAddress(undefined, headers.get('x-forwarded-for'), trustedProxies)
}

/** Counts an attempt to sign in. The answer to give when it is one too many; null to go on. */
export function countSignIn(headers: Headers): Promise<Response | null> {
  return refusalOf(countAddress('signIn', pageAddress(headers)))
}

/** Counts a file that somebody signed in asks for: it reads more than a page. As `countSignIn`. */
export function countDownload(userId: string): Promise<Response | null> {
  return refusalOf(countRequest('user', userId))
}

async function refusalOf(counted: Promise<void>): Promise<Response | null> {
  try {
    await counted
    return null
  } catch (error) {
    if (!(error instanceof RateLimited)) throw error
    return new Response(error.message, { status: 429, headers: tooManyHeaders(error) })
  }
}

export function tooManyHeaders({ retryAfterSeconds }: RateLimited): Record<string, string> {
  return {
    'retry-after': String(retryAfterSeconds),
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
  }
}
