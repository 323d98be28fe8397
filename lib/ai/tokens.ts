import { hash } from 'node:crypto'

/** Four characters a token is the rule of thumb for English; what a provider reports always takes precedence. */
const CHARACTERS_PER_TOKEN = 4

/** About how many tokens a text has; the local models count by exactly this. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN)
}

/** Other tokenizers, and other languages, make more of the same text: a third more is rarely reached. */
const CEILING = 4 / 3
/** What providers add around messages and tools. */
const FRAME_TOKENS = 64

/** A number of tokens that a text will hardly exceed: what is reserved before a provider has counted. */
export function ceilingTokens(...texts: string[]): number {
  const counted = texts.reduce((total, text) => total + countTokens(text), 0)
  return Math.ceil(counted * CEILING) + FRAME_TOKENS
}

/** Equal for equal requests and nothing else: it tells repeats apart without keeping what was asked. */
export function fingerprintOf(request: unknown): string {
  return hash('sha256', JSON.stringify(request), 'hex')
}
