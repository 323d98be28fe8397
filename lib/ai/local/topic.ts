const LEAD =
  /^(please |can you |could you |i want |i need |i would like |we need )*(to )?(write|create|make|build|generate|give me|add|suggest|list|explain|describe|summari[sz]e|draw|show|tell me|read|find|compare|plan|set|change)?\s*(me )?(a|an|the|some|my|our)?\s*/i
const ABOUT = /\b(?:about|on|for|of|that|which)\s+(.{3,})$/is
/** Phrases about a name or a look do not belong to the topic. */
const ASIDES = /\s*,?\s+(?:called|named|with|in (?:blue|green|violet|rose|amber|teal)).*$/is
const ENDS = /[.?!;:\n].*$/s

const WORDS_MAX = 8

/** The topic of a request in a few recognisable words. */
export function topicOf(said: string): string {
  const plain = said.replace(/["“”]/g, '').replace(/\s+/g, ' ').trim()
  const first = plain.replace(/^(.{12,}?)[.?!;:\n].*$/s, '$1')
  const body = ABOUT.exec(first)?.[1] ?? first.replace(LEAD, '')
  const words = body.replace(ENDS, '').replace(ASIDES, '').split(' ').filter(Boolean)
  return words.slice(0, WORDS_MAX).join(' ') || 'this'
}
