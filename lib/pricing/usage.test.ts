import { describe, expect, test } from 'vitest'
import { findOperation, type Operation } from '@/lib/catalog'
import { catalogVersion } from '@/lib/catalogs/current'
import { checkUsage } from './usage'

function operation(key: string): Operation {
  const found = findOperation(catalogVersion(1), key)
  if (!found) throw new Error(`no operation ${key}`)
  return found
}

const NO_TOKENS = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 }

describe('accepted usage gets defaults for exactly the fields the operation prices', () => {
  test.each([
    ['editor.chat.fast', {}, { ...NO_TOKENS, toolCalls: 0 }],
    ['editor.chat.expert', { toolCalls: 3 }, { ...NO_TOKENS, toolCalls: 3 }],
    ['ai.standard', {}, { ...NO_TOKENS, webSearch: false }],
    ['ai.standard', { inputTokens: undefined, pages: undefined }, { ...NO_TOKENS, webSearch: false }],
    [
      'ai.advanced',
      { inputTokens: 9, cachedInputTokens: 9, webSearch: true },
      { inputTokens: 9, outputTokens: 0, cachedInputTokens: 9, webSearch: true },
    ],
    [
      'ai.standard',
      { inputTokens: 1_000_000_000 },
      { ...NO_TOKENS, inputTokens: 1_000_000_000, webSearch: false },
    ],
    ['web.extract', { pages: 1 }, { pages: 1 }],
    ['image.standard', { images: 2 }, { images: 2, inputTokens: 0 }],
    ['video.standard', { seconds: 0.001 }, { seconds: 0.001, inputTokens: 0 }],
    ['video.advanced', { seconds: 86_400, inputTokens: 5 }, { seconds: 86_400, inputTokens: 5 }],
    ['speech.tts', { characters: 1 }, { characters: 1 }],
  ])('%s %j', (key, usage, expected) => {
    expect(checkUsage(operation(key), usage)).toEqual({ ok: true, usage: expected })
  })

  test('a negative zero becomes 0', () => {
    const check = checkUsage(operation('ai.standard'), { inputTokens: -0 })
    expect(check.ok && Object.is(check.usage.inputTokens, 0)).toBe(true)
  })

  test.each([0.1, 0.007, 1.005, 1.001, 4.35, 59.999, 86_399.999])(
    '%d seconds have at most three decimals',
    (seconds) => {
      expect(checkUsage(operation('video.standard'), { seconds }).ok).toBe(true)
    },
  )
})

describe('refused usage names the field and the reason', () => {
  const COUNT = 'must be a whole number from 0 to 1,000,000,000'
  const SECONDS = 'must be a number of seconds above 0, up to 86,400'
  test.each([
    ['web.extract', {}, 'usage.pages', 'is required'],
    ['image.standard', {}, 'usage.images', 'is required'],
    ['video.standard', { inputTokens: 3 }, 'usage.seconds', 'is required'],
    ['speech.tts', {}, 'usage.characters', 'is required'],
    ['web.extract', { pages: 0 }, 'usage.pages', 'must be more than 0'],
    ['speech.tts', { characters: -0 }, 'usage.characters', 'must be more than 0'],
    ['web.extract', { pages: -1 }, 'usage.pages', COUNT],
    ['web.extract', { pages: 1.5 }, 'usage.pages', COUNT],
    ['web.extract', { pages: 1_000_000_001 }, 'usage.pages', COUNT],
    ['web.extract', { pages: Number.NaN }, 'usage.pages', COUNT],
    ['web.extract', { pages: Number.POSITIVE_INFINITY }, 'usage.pages', COUNT],
    ['web.extract', { pages: '1' }, 'usage.pages', COUNT],
    ['web.extract', { pages: null }, 'usage.pages', COUNT],
    ['ai.standard', { inputTokens: null }, 'usage.inputTokens', COUNT],
    ['ai.standard', { outputTokens: 0.5 }, 'usage.outputTokens', COUNT],
    [
      'ai.standard',
      { inputTokens: 5, cachedInputTokens: 6 },
      'usage.cachedInputTokens',
      'must not be more than inputTokens',
    ],
    ['ai.standard', { cachedInputTokens: 1 }, 'usage.cachedInputTokens', 'must not be more than inputTokens'],
    ['ai.standard', { webSearch: 1 }, 'usage.webSearch', 'must be true or false'],
    ['ai.standard', { webSearch: null }, 'usage.webSearch', 'must be true or false'],
    ['ai.standard', { toolCalls: 0 }, 'usage.toolCalls', 'is not priced by ai.standard'],
    ['editor.chat.fast', { webSearch: false }, 'usage.webSearch', 'is not priced by editor.chat.fast'],
    [
      'image.standard',
      { images: 1, cachedInputTokens: 0 },
      'usage.cachedInputTokens',
      'is not priced by image.standard',
    ],
    ['ai.standard', { constructor: 1 }, 'usage.constructor', 'is not priced by ai.standard'],
    ['video.standard', { seconds: 0 }, 'usage.seconds', SECONDS],
    ['video.standard', { seconds: -1 }, 'usage.seconds', SECONDS],
    ['video.standard', { seconds: 86_400.001 }, 'usage.seconds', SECONDS],
    ['video.standard', { seconds: Number.NaN }, 'usage.seconds', SECONDS],
    ['video.standard', { seconds: '3' }, 'usage.seconds', SECONDS],
    ['video.standard', { seconds: 1.0005 }, 'usage.seconds', 'must have at most three decimals'],
    ['video.standard', { seconds: 0.0001 }, 'usage.seconds', 'must have at most three decimals'],
    ['video.standard', { seconds: 0.1 + 0.2 }, 'usage.seconds', 'must have at most three decimals'],
  ])('%s %j', (key, usage, path, message) => {
    expect(checkUsage(operation(key), usage)).toEqual({
      ok: false,
      errors: [{ path, message }],
    })
  })

  test('all problems of one usage are reported together', () => {
    const check = checkUsage(operation('image.standard'), {
      images: 0,
      inputTokens: -1,
      pages: 2,
    })
    expect(check.ok ? [] : check.errors.map((error) => error.path)).toEqual([
      'usage.pages',
      'usage.images',
      'usage.inputTokens',
    ])
  })

  test('an unknown field is refused, even if it is named like a property of every object', () => {
    const usage: Record<string, unknown> = JSON.parse('{ "__proto__": 1, "pages": 1 }')
    expect(checkUsage(operation('web.extract'), usage)).toMatchObject({
      ok: false,
      errors: [{ path: 'usage.__proto__' }],
    })
  })

  test('a web search cannot be charged without an AI request', () => {
    expect(checkUsage(operation('ai.web_search'), {})).toMatchObject({
      ok: false,
      errors: [{ path: 'operation' }],
    })
  })
})
