import type { Caller } from '@/lib/context'
import { publicId } from '@/lib/ids'
import { isRequestLogged, logRequest } from './log'
import { observeRequest } from './metrics'

/** The caller as logs name it: a public id, never a secret, a name or an address. */
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
  /** The template of an API route or one of a few kinds of pages, because metrics keep a series for each. */
  route: string
  /** A more precise name for the log. */
  logged?: string
  status: number
  startedMs: number
  caller?: Caller
}

/** Records a request that has just been answered; `startedMs` is `performance.now()` at its start. */
export function noteAnswer({ requestId, route, logged, status, startedMs, caller }: Answered): void {
  const milliseconds = performance.now() - startedMs
  observeRequest(route, status, milliseconds)
  if (status < 500 && !isRequestLogged()) return
  const name = caller && { caller: nameOf(caller) }
  logRequest({ requestId, route: logged ?? route, status, milliseconds, ...name })
}
