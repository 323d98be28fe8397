import { createHash } from 'node:crypto'

/** A generator of numbers in [0, 1) seeded by a text: the same text gives the same sequence. */
export function numbersFrom(text: string): () => number {
  let block = 0
  let bytes = Buffer.alloc(0)
  let used = 0
  return () => {
    if (used + 4 > bytes.length) {
      bytes = createHash('sha256').update(`${block++} ${text}`).digest()
      used = 0
    }
    const number = bytes.readUInt32BE(used) / 2 ** 32
    used += 4
    return number
  }
}

export function pick<T>(next: () => number, from: readonly [T, ...T[]]): T {
  return from[Math.floor(next() * from.length)] ?? from[0]
}

/** Picks `count` different items in random order, or all of them if there are fewer. */
export function pickSome<T>(next: () => number, from: readonly T[], count: number): T[] {
  const rest = [...from]
  const some: T[] = []
  while (some.length < count && rest.length > 0) {
    some.push(...rest.splice(Math.floor(next() * rest.length), 1))
  }
  return some
}
