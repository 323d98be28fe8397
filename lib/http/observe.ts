import type { Caller } from '@/lib/context'
import { publicId } from '@/lib/ids'
import { isRequestLogged, logRequest } from './log'

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
  route: string
  status: number
  startedMs: number
  caller?: Caller
}

/** Writes down a request that was answered just now; `startedMs` is `performance.now()` of its beginning. */
export function noteAnswer({ requestId, route, status, startedMs, caller }: Answered): void {
  const milliseconds = performance.now() - startedMs
  if (status < 500 && !isRequestLogged()) return
  logRequest({ requestId, route, status, milliseconds, ...(caller && { caller: nameOf(caller) }) })
}
