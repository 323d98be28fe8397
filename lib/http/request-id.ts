import { randomUUID } from 'node:crypto'

export const REQUEST_ID_HEADER = 'x-request-id'

/** Long enough for a UUID or a trace id, without characters that could forge a log line. */
const SAFE_REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/

export function newRequestId(): string {
  return randomUUID()
}

/** The caller's request id if it is well-formed, otherwise a new one. */
export function safeRequestId(given: string | string[] | null | undefined): string {
  return typeof given === 'string' && SAFE_REQUEST_ID.test(given) ? given : newRequestId()
}

export function requestIdOf(request: Request): string {
  return safeRequestId(request.headers.get(REQUEST_ID_HEADER))
}
