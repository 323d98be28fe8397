import { describe, expect, it } from 'vitest'
import { formatMoney } from '@/components/site/money'
import { formatBps, ratesInWords } from '@/components/site/rate-words'
import { findOperation, priceVersion } from '@/lib/catalog'

function words(key: string, locale = 'en'): string {
  const operation = findOperation(priceVersion(1), key)
  if (!operation) throw new Error(`no operation ${key}`)
  return ratesInWords(operation, locale)
}

describe('ratesInWords says the whole rate of an operation', () => {
  it.each([
    [
      'editor.chat.fast',
      '1 per 1,000 input tokens (0.1 when cached) + 6 per 1,000 output tokens + 2 per tool call; at least 40',
    ],
    ['ai.standard', '0.5 per 1,000 input tokens (0.05 when cached) + 2 per 1,000 output tokens; at least 2'],
    ['ai.web_search', '15 on top of the request'],
    ['web.extract', '8 per page'],
    ['image.standard', '50 per image + 0.5 per 1,000 input tokens beyond the first 1,000'],
    ['video.advanced', '500 per second + 2 per 1,000 input tokens beyond the first 1,000'],
    ['speech.tts', '10 per 1,000 characters; at least 10'],
  ])('%s', (key, expected) => {
    expect(words(key).replace('\u00a0', ' ')).toBe(expected)
  })

  it('writes numbers as the reader does', () => {
    expect(words('ai.standard', 'de')).toContain('0,5 per 1.000 input tokens')
  })
})

describe('formatMoney', () => {
  it.each([
    [600, '$6'],
    [280, '$2.80'],
    [0, '$0'],
    [123_456, '$1,234.56'],
  ])('%i cents are %s', (cents, expected) => {
    expect(formatMoney(cents, 'usd', 'en-US')).toBe(expected)
  })
})

describe('formatBps', () => {
  it.each([
    [1_000, '10%'],
    [1_250, '12.5%'],
  ])('%i is %s', (bps, expected) => {
    expect(formatBps(bps, 'en')).toBe(expected)
  })
})
