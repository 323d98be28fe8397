import type { Caller } from '@/lib/context'
import { publicId } from '@/lib/ids'
import { isRequestLogged, logRequest } from './log'
import { observeRequest } from './metrics'

/** Who asked, as logs name them: by public id, never by a secret, a name or an address. */
function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case 'key':
      return publicId('key', caller.keyId)
    case 'user':
      return publicId('user', caller.userId)
    case 'appToken':
      return `app token of ${publicId('user', caller.userId)}`
    case 'system':
      return caller.name
    case 'nobody':
      return 'nobody'
    default:
      return caller satisfies never
  }
}

export type Answered = {
  requestId: string
  /** The template of a route of the API, or one of few kinds of pages: metrics keep a series for each. */
  route: string
  /** What a log says instead, where it can say more. */
  logged?: string
  status: number
  startedMs: number
  caller?: Caller
}

/** Writes down a request that was answered just now; `startedMs` is `performance.now()` of its beginning. */
export function noteAnswer({ requestId, route, logged, status, startedMs, caller }: Answered): void {
  const milliseconds = performance.now() - startedMs
  observeRequest(route, status, milliseconds)
  if (status < 500 && !isRequestLogged()) return
  const name = caller && { caller: nameOf(caller) }
  logRequest({ requestId, route: logged ?? route, status, milliseconds, ...name })
}
