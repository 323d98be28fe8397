import { describe, expect, test } from 'vitest'
import { findOperation } from '@/lib/catalog'
import { catalogVersion } from '@/lib/catalogs/current'
import { explainLine } from './describe'
import { priceUsage } from './price'
import type { Usage } from './usage'

const version = catalogVersion(1)

function explain(key: string, usage: Usage, premiumBps = 0): string[] {
  const operation = findOperation(version, key)
  if (!operation) throw new Error(`no operation ${key}`)
  return priceUsage({ version, operation, usage, premiumBps }).lines.map((line) => explainLine(line))
}

describe('a line of a receipt is explained in plain words', () => {
  test.each<[string, Usage, string[]]>([
    ['web.extract', { pages: 3 }, ['3 pages × 8']],
    ['web.extract', { pages: 1 }, ['1 page × 8']],
    ['image.standard', { images: 2, inputTokens: 2_333 }, ['2 images × 50', '1,333 tokens × 0.5 per 1,000']],
    ['speech.tts', { characters: 12_000 }, ['12,000 characters × 10 per 1,000']],
    ['editor.chat.fast', { toolCalls: 21 }, ['21 tool calls × 2']],
    [
      'ai.standard',
      { inputTokens: 20, cachedInputTokens: 20, webSearch: true },
      ['20 tokens × 0.05 per 1,000', 'brings it up to the minimum of 2', '1 request × 15'],
    ],
  ])('%s %j', (key, usage, expected) => {
    expect(explain(key, usage)).toEqual(expected)
  })

  test('with the premium as a share of the base', () => {
    const usage = { seconds: 1.5, inputTokens: 1_333 }
    expect(explain('video.standard', usage, 1_000)).toEqual([
      '1.5 seconds × 200',
      '333 tokens × 0.5 per 1,000',
      '10% of 300.167',
    ])
    expect(explain('web.extract', { pages: 100 }, 1_255).at(-1)).toBe('12.55% of 800')
  })
})
