import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'

/**
 * The hash of a request: method, route with ids, and the parsed body with user and app resolved (docs/api.md,
 * "Idempotency"). Canonical JSON (RFC 8785), so that the order of fields does not matter. 128 bits, stored as a UUID.
 */
export function hashRequest(route: string, body: unknown): string {
  const hex = hash('sha256', `${route}\n${canonicalize(body) ?? ''}`)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
