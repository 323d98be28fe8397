const ABSOLUTE = /^https?:\/\/[^/?#]*/i

/**
 * A target as path and query. Clients may send a whole address (RFC 9112, section 3.2.2); what is before its path does not
 * matter here, and must not hide what the path is. Anything else stays as it was sent.
 */
export function targetPath(target: string): string {
  const rest = target.replace(ABSOLUTE, '')
  return rest === target || rest.startsWith('/') ? rest : `/${rest}`
}

/** Malformed percent-encoding, also of what is no UTF-8: null. */
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
 * Whether a path has `.` or `..` as a segment, percent-encoded or not. Who answers resolves them, so by its beginning alone
 * it could be taken for a file, or for the API, and be neither. No client of the product sends one: browsers and `fetch`
 * resolve them before.
 */
export function hasDotSegments(target: string): boolean {
  if (!target.includes('.') && !/%2e/i.test(target)) return false
  return hasDots(pathOf(target))
}

function hasDots(path: string): boolean {
  return path.split('/').some((segment) => DOTS.test(segment.replaceAll(/%2e/gi, '.')))
}

/**
 * Why a target cannot be a page's: its path is no text, or one that could be read in two ways (a backslash, or dots beside
 * an encoded slash), or it holds a NUL, which no database and no header takes. Null for all others.
 */
export function refuseTarget(target: string): { status: 400; words: string } | null {
  const path = decode(pathOf(target))
  const isReadable =
    path !== null && !path.includes('\0') && !path.includes('\\') && !hasDots(path) && !/%00/.test(target)
  return isReadable ? null : { status: 400, words: 'There can be no page at this address' }
}
