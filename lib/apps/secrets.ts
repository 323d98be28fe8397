import { hash, randomInt } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 40 characters from an alphabet of 62 give 238 random bits, too many to guess. */
const SECRET_LENGTH = 40

/** Prefixes of an app's secrets: `at_` for a token, `cc_` for a code. */
export type SecretPrefix = 'at' | 'cc'

export function newSecret(prefix: SecretPrefix): string {
  let secret = `${prefix}_`
  for (let index = 0; index < SECRET_LENGTH; index++) secret += ALPHABET.charAt(randomInt(ALPHABET.length))
  return secret
}

export function isSecret(prefix: SecretPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[0-9A-Za-z]{40}$/.test(text.slice(prefix.length + 1))
}

/** Plain SHA-256 is enough: the secret is random, so no dictionary applies. */
export function hashOf(secret: string): string {
  return hash('sha256', secret, 'hex')
}
