import { describe, expect, it } from 'vitest'
import { ratesInWords } from '@/components/site/rate-words'
import { findOperation } from '@/lib/catalog'
import { currentCatalog } from '@/lib/catalogs/current'

function words(key: string): string {
  const catalog = currentCatalog()
  const operation = findOperation(catalog, key)
  if (!operation) throw new Error(`no operation ${key}`)
  return ratesInWords(catalog, operation)
}

describe('ratesInWords describes the full rate of an operation', () => {
  it.each([
    [
      'editor.chat.fast',
      '1 per 1,000 input tokens (cached input tokens: 0.1) + 6 per 1,000 output tokens + 2 per tool call; at least 40',
    ],
    [
      'ai.standard',
      '0.5 per 1,000 input tokens (cached input tokens: 0.05) + 2 per 1,000 output tokens; at least 2',
    ],
    ['ai.web_search', '15 on top of the request'],
    ['web.extract', '8 per page'],
    ['image.standard', '50 per image + 0.5 per 1,000 input tokens beyond the first 1,000'],
    ['video.advanced', '500 per second + 2 per 1,000 input tokens beyond the first 1,000'],
    ['speech.tts', '10 per 1,000 characters; at least 10'],
  ])('%s', (key, expected) => {
    expect(words(key).replace('\u00a0', ' ')).toBe(expected)
  })
})
