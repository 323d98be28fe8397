import type { Pool } from 'pg'
import type { Clock } from './clock'

/** The caller. `system` is the product itself: its commands, its seed and its webhooks. */
export type Caller =
  | { kind: 'nobody' }
  | { kind: 'key'; keyId: string; name: string }
  | { kind: 'user'; userId: string }
  | { kind: 'appToken'; userId: string; appId: string }
  | { kind: 'system'; name: string }

/** Passed to every verb along with its input. */
export type Context = {
  pool: Pool
  clock: Clock
  caller: Caller
  requestId: string
}
