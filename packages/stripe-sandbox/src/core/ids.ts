import { randomBytes } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** `cus_` plus random letters and digits, the format of Stripe's ids. They are never parsed: only the prefix has a meaning. */
export function stripeId(prefix: string, length = 24): string {
  let text = ''
  for (const byte of randomBytes(length)) text += ALPHABET.charAt(byte % ALPHABET.length)
  return `${prefix}_${text}`
}

/** The id of a field that Stripe may return either as an id or as the expanded object. */
export function idOf(reference: string | { id: string }): string
export function idOf(reference: string | { id: string } | null | undefined): string | null
export function idOf(reference: string | { id: string } | null | undefined): string | null {
  if (reference === null || reference === undefined) return null
  return typeof reference === 'string' ? reference : reference.id
}
