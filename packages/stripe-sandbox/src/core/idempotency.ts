import { createHash } from 'node:crypto'
import { StripeFault } from './errors'
import { DAY } from './periods'
import type { IdempotentResult } from './store'
import type { World } from './world'

const KEY_LENGTH_MAX = 255
const KEEP_SECONDS = DAY

export type Answer = { status: number; body: string; replayed: boolean }

function fingerprint(method: string, path: string, body: string): string {
  return createHash('sha256').update(`${method} ${path}\n${body}`).digest('hex')
}

/**
 * Performs a call at most once per `Idempotency-Key`: a repeated call gets the first answer, and a different call with
 * the same key is refused. As in Stripe, calls with invalid parameters are not stored.
 */
export function once(
  world: World,
  call: { key: string | null; method: string; path: string; body: string },
  run: () => { status: number; body: string },
): Answer {
  if (call.key === null || call.method !== 'POST') return { ...run(), replayed: false }
  if (call.key.length > KEY_LENGTH_MAX) {
    throw new StripeFault(400, {
      type: 'invalid_request_error',
      message: 'Idempotency-Key: at most 255 characters.',
    })
  }
  const print = fingerprint(call.method, call.path, call.body)
  const known = world.store.idempotency.get(call.key)
  if (known !== undefined && world.now() - known.createdAt < KEEP_SECONDS)
    return replay(known, print, call.key)
  const { status, body } = run()
  world.store.idempotency.put({ id: call.key, fingerprint: print, status, body, createdAt: world.now() })
  return { status, body, replayed: false }
}

function replay(known: IdempotentResult, print: string, key: string): Answer {
  if (known.fingerprint !== print) {
    throw new StripeFault(400, {
      type: 'idempotency_error',
      message:
        'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
        `Try using a key other than '${key}' if you meant to execute a different request.`,
    })
  }
  return { status: known.status, body: known.body, replayed: true }
}
