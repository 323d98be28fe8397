import type { IncomingMessage } from 'node:http'

/** As much as the API takes at most. Forms have a few kilobytes; whoever reads one reads all of it into memory. */
const BODY_BYTES_MAX = 1_048_576

export type BodyRefusal = { status: 411 | 413; words: string }

/**
 * Why the body of a request for a page is not read: Next, next-auth and forms have no limit of their own, or not all of
 * them. Without a length there is nothing to refuse by before it has come; browsers tell it.
 */
export function refuseBody({ headers }: IncomingMessage): BodyRefusal | null {
  if (headers['transfer-encoding'] !== undefined)
    return { status: 411, words: 'The length of what is sent has to be told' }
  if (Number(headers['content-length'] ?? 0) > BODY_BYTES_MAX)
    return { status: 413, words: `No more than ${BODY_BYTES_MAX} bytes can be sent here` }
  return null
}
