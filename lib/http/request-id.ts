import { randomUUID } from 'node:crypto'

export const REQUEST_ID_HEADER = 'x-request-id'

/** Long enough for a UUID or a trace id, and nothing that could forge a line of a log. */
const SAFE_REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/

export function newRequestId(): string {
  return randomUUID()
}

/** The caller's own id for this request when it is a sane one, else a new one. */
export function safeRequestId(given: string | string[] | null | undefined): string {
  return typeof given === 'string' && SAFE_REQUEST_ID.test(given) ? given : newRequestId()
}

export function requestIdOf(request: Request): string {
  return safeRequestId(request.headers.get(REQUEST_ID_HEADER))
}
