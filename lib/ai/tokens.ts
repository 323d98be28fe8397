import { hash } from 'node:crypto'

/** Four characters per token is the rule of thumb for English; a provider's count always takes precedence. */
const CHARACTERS_PER_TOKEN = 4

/** Estimates the number of tokens in a text. The local models count in exactly this way. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN)
}

/** Other tokenizers and languages need more tokens for the same text, rarely more than a third. */
const CEILING = 4 / 3
/** The overhead providers add around messages and tools. */
const FRAME_TOKENS = 64

/** An upper bound for a text's tokens, used for the hold before the provider has counted. */
export function ceilingTokens(...texts: string[]): number {
  const counted = texts.reduce((total, text) => total + countTokens(text), 0)
  return Math.ceil(counted * CEILING) + FRAME_TOKENS
}

/** A hash that is the same only for identical requests, to recognise repeats without storing the request. */
export function fingerprintOf(request: unknown): string {
  return hash('sha256', JSON.stringify(request), 'hex')
}
