import { InvalidRequest } from '@/lib/errors'
import type { Micros } from '@/lib/instant'

/**
 * A position in an account's history: the instant of a movement, which is unique within the account. Opaque to callers, so
 * that its encoding may change.
 */
export function encodeCursor(at: Micros): string {
  return Buffer.from(String(at)).toString('base64url')
}

/** Throws `InvalidRequest` for anything `encodeCursor` did not make. */
export function decodeCursor(cursor: string): Micros {
  const text = Buffer.from(cursor, 'base64url').toString()
  const at = Number(text)
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(at) || encodeCursor(at as Micros) !== cursor) {
    throw InvalidRequest.at('cursor', 'is not a cursor of this list')
  }
  return at as Micros
}
