import { isUtf8 } from 'node:buffer'
import { type FieldError, InvalidJson, InvalidRequest, PayloadTooLarge } from '@/lib/errors'

const EMPTY = Buffer.alloc(0)

/**
 * Reads a body of at most `limitBytes` bytes. Throws `PayloadTooLarge` as soon as it is longer, with or without a declared
 * length.
 */
export async function readBytes(request: Request, limitBytes: number): Promise<Buffer> {
  const declared = request.headers.get('content-length')
  if (declared !== null) {
    if (Number(declared) > limitBytes) throw new PayloadTooLarge(limitBytes)
    // The HTTP parser passes on no more bytes than declared.
    const bytes = Buffer.from(await request.arrayBuffer().catch(refuseBrokenBody))
    if (bytes.length > limitBytes) throw new PayloadTooLarge(limitBytes)
    return bytes
  }
  if (request.body === null) return EMPTY
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch(refuseBrokenBody)
    if (done) return Buffer.concat(chunks, length)
    length += value.byteLength
    if (length > limitBytes) {
      await reader.cancel().catch(() => undefined)
      throw new PayloadTooLarge(limitBytes)
    }
    chunks.push(value)
  }
}

/** The caller left or its body broke off, which is not a failure of the product, and nobody reads the answer. */
function refuseBrokenBody(): never {
  throw new InvalidJson()
}

/**
 * The parsed JSON of a body; undefined if it is empty. Throws `PayloadTooLarge`, `InvalidJson` or `InvalidRequest`. Does
 * not check the items of the list `itemsIn`; the caller checks each with `refuseHostileText`.
 */
export async function readJson(request: Request, limitBytes: number, itemsIn?: string): Promise<unknown> {
  const bytes = await readBytes(request, limitBytes)
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw new InvalidJson()
  const text = bytes.toString('utf8')
  const value = parse(text)
  // Valid UTF-8 JSON can contain NUL and lone surrogates only as escapes, so most bodies need no walk.
  if (text.includes('\\u') || text.includes('__proto__')) refuseHostileText(value, itemsIn)
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidJson()
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u
const ERRORS_MAX = 20
const PATH_LENGTH_MAX = 200

/** Describes the characters of a text that PostgreSQL cannot store; null if there are none. */
export function problemWithText(text: string): string | null {
  if (text.includes('\0')) return 'must not contain NUL characters'
  if (LONE_SURROGATE.test(text)) return 'must not contain unpaired surrogates'
  return null
}

/**
 * Throws `InvalidRequest` for text that cannot be stored and for fields named `__proto__`; skips the list `except`. Uses an
 * explicit stack, because a body may be nested deeper than the call stack allows.
 */
export function refuseHostileText(root: unknown, except?: string): void {
  const errors: FieldError[] = []
  const pending: { value: unknown; path: string }[] = [{ value: root, path: '' }]
  for (let next = pending.pop(); next !== undefined && errors.length < ERRORS_MAX; next = pending.pop()) {
    const { value, path } = next
    if (path === except && Array.isArray(value)) continue
    if (typeof value === 'string') {
      const message = problemWithText(value)
      if (message !== null) errors.push({ path, message })
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) {
        const message = key === '__proto__' ? 'is not a known field' : problemWithText(key)
        const childPath = (path === '' ? key : `${path}.${key}`).slice(0, PATH_LENGTH_MAX)
        if (message === null) pending.push({ value: child, path: childPath })
        else errors.push({ path: childPath, message })
      }
    }
  }
  if (errors.length > 0) throw new InvalidRequest(errors)
}
