const ABSOLUTE = /^https?:\/\/[^/?#]*/i

/**
 * A target as path and query. Clients may send an absolute URL (RFC 9112, section 3.2.2); the part before its path is
 * irrelevant and must not hide the path. Any other target stays as sent.
 */
export function targetPath(target: string): string {
  const rest = target.replace(ABSOLUTE, '')
  return rest === target || rest.startsWith('/') ? rest : `/${rest}`
}

/** Null for malformed percent-encoding, including sequences that are not UTF-8. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? ''
}

const DOTS = /^\.{1,2}$/

/**
 * Returns true if a path contains `.` or `..` as a segment, percent-encoded or not. The handler resolves such segments, so
 * the start of the path could misclassify it as a file or an API call. No legitimate client sends one: browsers and `fetch`
 * resolve them first.
 */
export function hasDotSegments(target: string): boolean {
  if (!target.includes('.') && !/%2e/i.test(target)) return false
  return hasDots(pathOf(target))
}

function hasDots(path: string): boolean {
  return path.split('/').some((segment) => DOTS.test(segment.replaceAll(/%2e/gi, '.')))
}

/**
 * The reason why a target cannot be a page, or null: its path is not valid text, is ambiguous (a backslash, or dots next to
 * an encoded slash), or contains a NUL, which neither databases nor headers accept.
 */
export function refuseTarget(target: string): { status: 400; words: string } | null {
  const path = decode(pathOf(target))
  const isReadable =
    path !== null && !path.includes('\0') && !path.includes('\\') && !hasDots(path) && !/%00/.test(target)
  return isReadable ? null : { status: 400, words: 'There is no page at this address' }
}
