import { describe, expect, it } from 'vitest'
import { parseLocale } from '@/components/site/reader-locale'

describe('parseLocale', () => {
  it.each([
    [null, 'en'],
    ['', 'en'],
    ['de-CH', 'de-CH'],
    ['fr;q=0.4, de-DE;q=0.9, *;q=0.1', 'de-DE'],
    ['*', 'en'],
    ['xx-nonsense-thatistoolong, ja', 'ja'],
    ['en-a, ja', 'ja'],
    ['../../etc/passwd', 'en'],
  ])('%s reads as %s', (header, expected) => {
    expect(parseLocale(header)).toBe(expected)
  })
})
