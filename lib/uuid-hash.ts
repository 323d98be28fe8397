const rotate = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits))

/**
 * PostgreSQL's `uuid_hash`, as a signed 32-bit integer: Bob Jenkins' lookup3 over the 16 bytes. A distributed
 * PostgreSQL places a row by this hash of its account.
 */
export function uuidHash(uuid: string): number {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex')
  // PostgreSQL seeds all three words with 0x9e3779b9 + 3923095 + the length in bytes.
  const seed = 0x9e3779b9 + 3_923_095 + 16
  let a = (seed + bytes.readInt32LE(0)) | 0
  let b = (seed + bytes.readInt32LE(4)) | 0
  let c = (seed + bytes.readInt32LE(8)) | 0

  a = ((a - c) | 0) ^ rotate(c, 4)
  c = (c + b) | 0
  b = ((b - a) | 0) ^ rotate(a, 6)
  a = (a + c) | 0
  c = ((c - b) | 0) ^ rotate(b, 8)
  b = (b + a) | 0
  a = ((a - c) | 0) ^ rotate(c, 16)
  c = (c + b) | 0
  b = ((b - a) | 0) ^ rotate(a, 19)
  a = (a + c) | 0
  c = ((c - b) | 0) ^ rotate(b, 4)
  b = (b + a) | 0

  a = (a + bytes.readInt32LE(12)) | 0

  c = ((c ^ b) - rotate(b, 14)) | 0
  a = ((a ^ c) - rotate(c, 11)) | 0
  b = ((b ^ a) - rotate(a, 25)) | 0
  c = ((c ^ b) - rotate(b, 16)) | 0
  a = ((a ^ c) - rotate(c, 4)) | 0
  b = ((b ^ a) - rotate(a, 14)) | 0
  return ((c ^ b) - rotate(b, 24)) | 0
}
