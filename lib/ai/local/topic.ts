const LEAD =
  /^(please |can you |could you |i want |i need |i would like |we need )*(to )?(write|create|make|build|generate|give me|add|suggest|list|explain|describe|summari[sz]e|draw|show|tell me|read|find|compare|plan|set|change)?\s*(me )?(a|an|the|some|my|our)?\s*/i
const ABOUT = /\b(?:about|on|for|of|that|which)\s+(.{3,})$/is
/** What a thing is to be called, or look like, is not what it is about. */
const ASIDES = /\s*,?\s+(?:called|named|with|in (?:blue|green|violet|rose|amber|teal)).*$/is
const ENDS = /[.?!;:\n].*$/s

const WORDS_MAX = 8

/** What a request is about, in a few words, for people to recognise it by. */
export function topicOf(said: string): string {
  const plain = said.replace(/["“”]/g, '').replace(/\s+/g, ' ').trim()
  const first = plain.replace(/^(.{12,}?)[.?!;:\n].*$/s, '$1')
  const body = ABOUT.exec(first)?.[1] ?? first.replace(LEAD, '')
  const words = body.replace(ENDS, '').replace(ASIDES, '').split(' ').filter(Boolean)
  return words.slice(0, WORDS_MAX).join(' ') || 'this'
}
