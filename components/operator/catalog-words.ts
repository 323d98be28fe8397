import type { Tone } from '@/components/ui/badge'
import type { Difference } from '@/lib/catalog/differences'
import type { StoredVersion } from '@/lib/versions/stored-versions'

/** The prefix of a field's name in the form for usual changes; the place of the value follows. */
export const USUAL = 'usual:'

export const STATE_WORDS: Record<StoredVersion['state'], { tone: Tone; words: string }> = {
  draft: { tone: 'neutral', words: 'Draft' },
  scheduled: { tone: 'warn', words: 'Scheduled' },
  effective: { tone: 'good', words: 'In effect' },
  superseded: { tone: 'neutral', words: 'Superseded' },
}

const LENGTH_MAX = 160

/** A value of a document, on one line. */
export function valueInWords(value: Difference['before']): string {
  if (value === undefined) return 'none'
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text
}
