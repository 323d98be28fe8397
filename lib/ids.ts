import { randomBytes } from 'node:crypto'
import { uuidHash } from './uuid-hash'

/** The type of an id; its prefix makes a pasted id recognisable in a log, a URL or a support e-mail. */
export const ID_PREFIXES = {
  user: 'usr',
  app: 'app',
  hold: 'hld',
  charge: 'chg',
  refund: 'ref',
  grant: 'grt',
  run: 'run',
  key: 'key',
  transfer: 'trf',
  project: 'prj',
  item: 'itm',
  event: 'evt',
  endpoint: 'whe',
} as const

export type IdKind = keyof typeof ID_PREFIXES

let lastMs = 0
let counter = 0

/**
 * Random bytes are generated for many ids at a time, because each generation costs one system call regardless of its
 * size.
 */
const POOL_BYTES = 4_096
let pool = randomBytes(POOL_BYTES)
let used = 0

/**
 * A UUID version 7 (RFC 9562): a millisecond time, a 12-bit counter that orders ids of one process within a millisecond,
 * and 62 random bits. Increasing ids keep index inserts mostly at the end.
 */
export function newUuid(): string {
  return hexToUuid(nextBytes(0x7).toString('hex'))
}

/**
 * An id of a ledger row: a UUID version 8 (RFC 9562) that equals a version 7 except for the first four digits of its last
 * group. They are the top 16 bits of `uuidHash(accountId)`, so they identify the location of the account's rows.
 */
export function newLedgerId(accountId: string): string {
  const bytes = nextBytes(0x8)
  bytes.writeUInt16BE(uuidHash(accountId) >>> 16, 10)
  return hexToUuid(bytes.toString('hex'))
}

function nextBytes(version: number): Buffer {
  const now = Date.now()
  if (now > lastMs) {
    lastMs = now
    counter = randomBytes(2).readUInt16BE() & 0x3ff
  } else if (++counter > 0xfff) {
    lastMs += 1
    counter = 0
  }
  if (used === POOL_BYTES) {
    pool = randomBytes(POOL_BYTES)
    used = 0
  }
  const bytes = pool.subarray(used, used + 16)
  used += 16
  bytes.writeUIntBE(lastMs, 0, 6)
  bytes.writeUInt16BE((version << 12) | counter, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes
}

/** `usr_` + 32 hex digits: the public form of an id. */
export function publicId(kind: IdKind, uuid: string): string {
  return `${ID_PREFIXES[kind]}_${uuid.replaceAll('-', '')}`
}

const HEX_32 = /^[0-9a-f]{32}$/

/** The UUID of a public id; null if the text is not an id of that kind. */
export function parsePublicId(kind: IdKind, text: string): string | null {
  const prefix = `${ID_PREFIXES[kind]}_`
  if (!text.startsWith(prefix)) return null
  const hex = text.slice(prefix.length)
  return HEX_32.test(hex) ? hexToUuid(hex) : null
}

const HEX_PART = /^[0-9a-f]{1,32}$/

/** The first and last UUID that match a public id or its beginning; null if the text is neither. */
export function publicIdRange(kind: IdKind, text: string): { first: string; last: string } | null {
  const prefix = `${ID_PREFIXES[kind]}_`
  const hex = text.slice(prefix.length)
  if (!text.startsWith(prefix) || !HEX_PART.test(hex)) return null
  return { first: hexToUuid(hex.padEnd(32, '0')), last: hexToUuid(hex.padEnd(32, 'f')) }
}

function hexToUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
