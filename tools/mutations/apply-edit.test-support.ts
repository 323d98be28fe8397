/**
 * An edit that removes or replaces a match in a file. It must match exactly once (within `after`, if given); otherwise the
 * list is stale.
 */
export type Edit = {
  file: string
  /** Limits the edit to the function or table that starts with this text. */
  after?: string
  find: RegExp
  replace: string
}

/** The part of a file an edit may touch: a function or table from its first words to its end, or the whole file. */
function scopeOf(text: string, after: string | undefined): { start: number; end: number } {
  if (after === undefined) return { start: 0, end: text.length }
  const start = text.indexOf(after)
  if (start === -1) throw new Error(`"${after}" was not found`)
  const ends = ['\nend $$;', '\n);', '\n) with ']
    .map((mark) => text.indexOf(mark, start))
    .filter((end) => end !== -1)
  return { start, end: Math.min(...ends, text.length) }
}

/** The edited text. Throws if the list is stale: the match does not occur exactly once. */
export function applyEdit(text: string, { file, after, find, replace }: Edit): string {
  const { start, end } = scopeOf(text, after)
  const scope = text.slice(start, end)
  const times = [...scope.matchAll(new RegExp(find.source, 'g'))].length
  if (times !== 1) throw new Error(`${find} matches ${times} times in ${file}`)
  return text.slice(0, start) + scope.replace(find, replace) + text.slice(end)
}
