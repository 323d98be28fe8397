import { describe, expect, test } from 'vitest'
import { findOperation, type Operation } from '@/lib/catalog'
import { catalogOf } from '@/lib/catalog/read-document'
import { testDocument } from '@/lib/catalog/two-versions.test-support'
import { catalogVersion } from '@/lib/catalogs/current'
import { cheapestAlternative, type Price, premiumBpsFor, priceUsage } from './price'
import type { Usage } from './usage'

const version = catalogVersion(1)

function operation(key: string): Operation {
  const found = findOperation(version, key)
  if (!found) throw new Error(`no operation ${key}`)
  return found
}

function price(key: string, usage: Usage, premiumBps = 0): Price {
  return priceUsage({ version, operation: operation(key), usage, premiumBps })
}

const HUGE = 1_000_000_000

describe('the base price, in millicredits, is', () => {
  test.each<[key: string, usage: Usage, base: number]>([
    ['editor.chat.fast', {}, 40_000],
    ['editor.chat.fast', { inputTokens: 39_999 }, 40_000],
    ['editor.chat.fast', { inputTokens: 40_000 }, 40_000],
    ['editor.chat.fast', { inputTokens: 40_001 }, 40_001],
    ['editor.chat.fast', { toolCalls: 20 }, 40_000],
    ['editor.chat.fast', { toolCalls: 20, inputTokens: 1, cachedInputTokens: 1 }, 40_001],
    [
      'editor.chat.fast',
      { inputTokens: 12_000, cachedInputTokens: 10_000, outputTokens: 8_000, toolCalls: 3 },
      57_000,
    ],
    ['editor.chat.fast', { inputTokens: HUGE, outputTokens: HUGE, toolCalls: HUGE }, 2_007_000_000_000],
    ['editor.chat.expert', {}, 100_000],
    ['editor.chat.expert', { toolCalls: 20 }, 100_000],
    ['editor.chat.expert', { toolCalls: 20, outputTokens: 1 }, 100_015],
    ['editor.chat.expert', { inputTokens: HUGE, outputTokens: HUGE, toolCalls: HUGE }, 5_018_000_000_000],
    ['ai.standard', {}, 2_000],
    ['ai.standard', { outputTokens: 999 }, 2_000],
    ['ai.standard', { outputTokens: 1_000 }, 2_000],
    ['ai.standard', { outputTokens: 1_000, inputTokens: 1 }, 2_001],
    ['ai.standard', { outputTokens: 1_000, inputTokens: 1, cachedInputTokens: 1 }, 2_001],
    ['ai.standard', { outputTokens: 1_000, inputTokens: 20, cachedInputTokens: 20 }, 2_001],
    ['ai.standard', { outputTokens: 1_000, inputTokens: 21, cachedInputTokens: 21 }, 2_002],
    ['ai.standard', { webSearch: true }, 17_000],
    ['ai.standard', { outputTokens: 1_001, webSearch: true }, 17_002],
    ['ai.standard', { inputTokens: HUGE, outputTokens: HUGE, webSearch: true }, 2_500_015_000],
    ['ai.standard', { inputTokens: HUGE, cachedInputTokens: HUGE }, 50_000_000],
    ['ai.advanced', {}, 10_000],
    ['ai.advanced', { inputTokens: 5_000 }, 10_000],
    ['ai.advanced', { inputTokens: 5_001 }, 10_002],
    ['ai.advanced', { webSearch: true }, 25_000],
    ['ai.advanced', { inputTokens: HUGE, outputTokens: HUGE }, 10_000_000_000],
    ['web.extract', { pages: 1 }, 8_000],
    ['web.extract', { pages: 2 }, 16_000],
    ['web.extract', { pages: HUGE }, 8_000_000_000_000],
    ['image.standard', { images: 1 }, 50_000],
    ['image.standard', { images: 1, inputTokens: 1_000 }, 50_000],
    ['image.standard', { images: 1, inputTokens: 1_001 }, 50_001],
    ['image.standard', { images: 4, inputTokens: 1_002 }, 200_001],
    ['image.standard', { images: HUGE, inputTokens: HUGE }, 50_000_499_999_500],
    ['image.advanced', { images: 1, inputTokens: 1_000 }, 150_000],
    ['image.advanced', { images: 1, inputTokens: 1_001 }, 150_002],
    ['image.advanced', { images: HUGE, inputTokens: HUGE }, 150_001_999_998_000],
    ['video.standard', { seconds: 0.001 }, 200],
    ['video.standard', { seconds: 4.35 }, 870_000],
    ['video.standard', { seconds: 1, inputTokens: 1_001 }, 200_001],
    ['video.standard', { seconds: 86_400, inputTokens: HUGE }, 17_779_999_500],
    ['video.advanced', { seconds: 0.001 }, 500],
    ['video.advanced', { seconds: 1.005 }, 502_500],
    ['video.advanced', { seconds: 86_400, inputTokens: HUGE }, 45_199_998_000],
    ['speech.tts', { characters: 1 }, 10_000],
    ['speech.tts', { characters: 1_000 }, 10_000],
    ['speech.tts', { characters: 1_001 }, 10_010],
    ['speech.tts', { characters: HUGE }, 10_000_000_000],
  ])('%s %j: %i', (key, usage, base) => {
    expect(price(key, usage)).toMatchObject({ base, premium: 0, total: base, premiumBps: 0, priceVersion: 1 })
  })
})

describe('the examples of the contract', () => {
  test('ai.standard, 100 input tokens, web search: 2 + 15 = 17', () => {
    expect(price('ai.standard', { inputTokens: 100, webSearch: true })).toEqual({
      base: 17_000,
      premium: 0,
      total: 17_000,
      premiumBps: 0,
      priceVersion: 1,
      lines: [
        {
          kind: 'usage',
          operation: 'ai.standard',
          label: 'Input tokens',
          quantity: 100,
          unit: 'token',
          unitPlural: 'tokens',
          rate: 500,
          per: 1_000,
          amount: 50,
        },
        {
          kind: 'minimum',
          operation: 'ai.standard',
          label: 'Minimum charge',
          quantity: 1,
          unit: 'request',
          unitPlural: 'requests',
          rate: 2_000,
          per: 1,
          amount: 1_950,
        },
        {
          kind: 'surcharge',
          operation: 'ai.web_search',
          label: 'Web search',
          quantity: 1,
          unit: 'request',
          unitPlural: 'requests',
          rate: 15_000,
          per: 1,
          amount: 15_000,
        },
      ],
    })
  })

  test("video.standard, 1.5 s, 1,333 input tokens, in someone else's app: 300.167 + 30.016 = 330.183", () => {
    const video = operation('video.standard')
    const premiumBps = premiumBpsFor({ version, operation: video, inOthersApp: true })
    expect(price('video.standard', { seconds: 1.5, inputTokens: 1_333 }, premiumBps)).toEqual({
      base: 300_167,
      premium: 30_016,
      total: 330_183,
      premiumBps: 1_000,
      priceVersion: 1,
      lines: [
        {
          kind: 'usage',
          operation: 'video.standard',
          label: 'Seconds of video',
          quantity: 1.5,
          unit: 'second',
          unitPlural: 'seconds',
          rate: 200_000,
          per: 1,
          amount: 300_000,
        },
        {
          kind: 'usage',
          operation: 'video.standard',
          label: 'Input tokens beyond the first 1,000',
          quantity: 333,
          unit: 'token',
          unitPlural: 'tokens',
          rate: 500,
          per: 1_000,
          amount: 167,
        },
        {
          kind: 'premium',
          operation: 'video.standard',
          label: "Premium to the app's creator",
          quantity: 300.167,
          unit: 'credit',
          unitPlural: 'credits',
          rate: 100,
          per: 1,
          amount: 30_016,
        },
      ],
    })
  })
})

describe('receipt lines', () => {
  test('are differences of the rounded cumulative sum, so that rounding happens once', () => {
    // 0.5, then 0.5 + 0.05, then 0.55 + 2: rounded up, 1, 1 and 3.
    const { base, lines } = price('ai.standard', { inputTokens: 2, cachedInputTokens: 1, outputTokens: 1 })
    expect(lines.map((line) => [line.label, line.quantity, line.amount])).toEqual([
      ['Input tokens', 1, 1],
      ['Cached input tokens', 1, 0],
      ['Output tokens', 1, 2],
      ['Minimum charge', 1, 1_997],
    ])
    expect(base).toBe(2_000)
  })

  test('omit unused fields, and the minimum line when the sum equals the minimum', () => {
    const { lines } = price('ai.standard', { inputTokens: 4_000, cachedInputTokens: 0 })
    expect(lines.map((line) => line.label)).toEqual(['Input tokens'])
  })

  test('omit input tokens that are all cached or all included', () => {
    const cached = price('ai.standard', { inputTokens: 100_000, cachedInputTokens: 100_000 })
    expect(cached.lines.map((line) => line.label)).toEqual(['Cached input tokens'])
    const included = price('image.standard', { images: 1, inputTokens: 1_000 })
    expect(included.lines.map((line) => line.label)).toEqual(['Images'])
  })
})

describe('the premium', () => {
  test("is the catalogue's rate in someone else's app and zero in one's own", () => {
    const speech = operation('speech.tts')
    expect(premiumBpsFor({ version, operation: speech, inOthersApp: true })).toBe(1_000)
    expect(premiumBpsFor({ version, operation: speech, inOthersApp: false })).toBe(0)
  })

  test.each(['editor.chat.fast', 'editor.chat.expert'])('never applies to %s', (key) => {
    expect(premiumBpsFor({ version, operation: operation(key), inOthersApp: true })).toBe(0)
    const { premium, premiumBps, lines } = price(key, {}, 1_000)
    expect([premium, premiumBps, lines.length]).toEqual([0, 0, 1])
  })

  test('is computed on the base including the surcharge and rounded down', () => {
    expect(
      price('ai.standard', { outputTokens: 1_000, inputTokens: 3, webSearch: true }, 1_000).premium,
    ).toBe(1_700)
    expect(price('video.standard', { seconds: 0.001, inputTokens: 1_198 }, 1_000)).toMatchObject({
      base: 299,
      premium: 29,
    })
  })

  test('has no line if it rounds down to zero', () => {
    expect(price('video.standard', { seconds: 0.001 }, 1)).toMatchObject({
      base: 200,
      premium: 0,
      premiumBps: 1,
    })
    expect(price('video.standard', { seconds: 0.001 }, 1).lines).toHaveLength(1)
  })

  test('keeps its rate exact in hundredths of a percent', () => {
    const line = price('web.extract', { pages: 100 }, 1_255).lines.at(-1)
    expect(line).toMatchObject({ kind: 'premium', rate: 1_255, per: 10, quantity: 800, amount: 100_400 })
  })

  test.each([-1, 10_001, 0.5, Number.NaN])('refuses a rate of %d', (premiumBps) => {
    expect(() => price('web.extract', { pages: 1 }, premiumBps)).toThrow(RangeError)
  })
})

describe('pricing refuses', () => {
  test.each<[string, Usage]>([
    ['web.extract', {}],
    ['web.extract', { pages: 0.5 }],
    ['ai.web_search', { webSearch: true }],
    ['ai.standard', { cachedInputTokens: 1 }],
  ])('unchecked usage: %s %j', (key, usage) => {
    expect(() => price(key, usage)).toThrow(RangeError)
  })

  test('an operation of another price version', () => {
    const other = { ...version, operations: version.operations.filter(({ key }) => key !== 'ai.web_search') }
    const input = { version: other, operation: operation('ai.standard'), premiumBps: 0 }
    expect(() => priceUsage({ ...input, usage: { webSearch: true } })).toThrow(RangeError)
    expect(priceUsage({ ...input, usage: {} }).total).toBe(2_000)
  })
})

describe('the cheaper operation', () => {
  test.each<[string, Usage, string, number]>([
    ['editor.chat.expert', { outputTokens: 10_000 }, 'editor.chat.fast', 60_000],
    ['ai.advanced', { outputTokens: 2_000, webSearch: true }, 'ai.standard', 20_900],
    ['image.advanced', { images: 2 }, 'image.standard', 110_000],
    ['video.advanced', { seconds: 1 }, 'video.standard', 220_000],
  ])('for %s with %j is %s', (key, usage, cheaper, total) => {
    const found = cheapestAlternative({ version, operation: operation(key), usage, premiumBps: 1_000 })
    expect([found?.operation.key, found?.price.total]).toEqual([cheaper, total])
  })

  test.each<[string, Usage]>([
    ['ai.standard', {}],
    ['web.extract', { pages: 2 }],
    ['speech.tts', { characters: 2 }],
  ])('of %s does not exist', (key, usage) => {
    expect(cheapestAlternative({ version, operation: operation(key), usage, premiumBps: 0 })).toBeNull()
  })

  test('is not offered when it would cost as much', () => {
    const document = testDocument()
    const operations = document.operations.map((one) =>
      one.key === 'image.advanced'
        ? { ...one, rates: { ...one.rates, images: { amount: 50, per: 1 } } }
        : one,
    )
    const prices = catalogOf({ ...document, operations }, 1, null)
    const advanced = findOperation(prices, 'image.advanced')
    if (!advanced) throw new Error('no image.advanced')
    expect(
      cheapestAlternative({ version: prices, operation: advanced, usage: { images: 1 }, premiumBps: 0 }),
    ).toBeNull()
  })
})
