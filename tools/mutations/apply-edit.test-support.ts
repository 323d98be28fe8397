/** One change to one file: what matches goes. It must match exactly once (within `after`, where given), or the list is stale. */
export type Edit = {
  file: string
  /** Only from this text on, up to the end of the function or table that it begins. */
  after?: string
  find: RegExp
  replace: string
}

/** The part of a file an edit may touch: a function or table from its first words to its end, or all of it. */
function scopeOf(text: string, after: string | undefined): { start: number; end: number } {
  if (after === undefined) return { start: 0, end: text.length }
  const start = text.indexOf(after)
  if (start === -1) throw new Error(`"${after}" is not there`)
  const ends = ['\nend $$;', '\n);', '\n) with ']
    .map((mark) => text.indexOf(mark, start))
    .filter((end) => end !== -1)
  return { start, end: Math.min(...ends, text.length) }
}

/** The text of the edit's file, edited. Throws when the list is stale: what it takes away is not there exactly once. */
export function applyEdit(text: string, { file, after, find, replace }: Edit): string {
  const { start, end } = scopeOf(text, after)
  const scope = text.slice(start, end)
  const times = [...scope.matchAll(new RegExp(find.source, 'g'))].length
  if (times !== 1) throw new Error(`${find} matches ${times} times in ${file}`)
  return text.slice(0, start) + scope.replace(find, replace) + text.slice(end)
}
