import { getEnv } from '@/lib/env'
import { RateLimited } from '@/lib/errors'
import { peekProcessState, setProcessState } from '@/lib/process-state'
import { CLIENT_ADDRESS_HEADER, clientAddress } from './client-address'
import { countAddress, countRequest } from './rate-limit'

const BEHIND_OUR_SERVER = 'http.behind-our-server'

/** Declares that every request of this process comes through `server.ts`, which sets the client address itself. */
export function nameClients(): void {
  setProcessState(BEHIND_OUR_SERVER, true)
}

/** The client's address of a request to Next. Null if unknown: outside `server.ts`, only a trusted proxy knows it. */
export function pageAddress(headers: Headers): string | null {
  if (peekProcessState<boolean>(BEHIND_OUR_SERVER)) return headers.get(CLIENT_ADDRESS_HEADER)
  const { trustedProxies } = getEnv()
  return clientAddress(undefined, headers.get('x-forwarded-for'), trustedProxies)
}

/** Counts a sign-in attempt. Returns the answer that refuses it, or null to continue. */
export function countSignIn(headers: Headers): Promise<Response | null> {
  return refusalOf(countAddress('signIn', pageAddress(headers)))
}

/** Counts a download, which reads more than a page, by a signed-in user. Returns the same as `countSignIn`. */
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
