import type { IncomingMessage } from 'node:http'

/** The same limit as the API's. Forms are a few kilobytes long, and their reader loads the whole body into memory. */
const BODY_BYTES_MAX = 1_048_576

export type BodyRefusal = { status: 411 | 413; words: string }

/**
 * The problem with a page request's body, or null. Needed because Next, next-auth and forms do not limit bodies everywhere.
 * A body without a length is refused, because browsers always send one.
 */
export function refuseBody({ headers }: IncomingMessage): BodyRefusal | null {
  if (headers['transfer-encoding'] !== undefined)
    return { status: 411, words: 'The request needs a Content-Length header' }
  if (Number(headers['content-length'] ?? 0) > BODY_BYTES_MAX)
    return { status: 413, words: `The body may have at most ${BODY_BYTES_MAX} bytes` }
  return null
}
