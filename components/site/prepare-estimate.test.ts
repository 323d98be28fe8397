import { expect, test } from 'vitest'
import { currentCatalog } from '@/lib/catalogs/current'
import { millicredits } from '@/lib/millicredits'
import { type Asked, estimable, prepareEstimate, usesWithin } from './prepare-estimate'

const version = currentCatalog()

function asked(given: Partial<Asked>): Asked {
  return { operation: null, others: false, quantities: {}, flags: {}, ...given }
}

test('the estimate equals the charge of the same usage, premium and web search included', () => {
  const search = prepareEstimate(
    version,
    asked({
      operation: 'ai.standard',
      quantities: { inputTokens: 100, outputTokens: 0 },
      flags: { webSearch: true },
    }),
  )
  expect(search.price).toMatchObject({ base: 17_000, premium: 0, total: 17_000 })
  const video = prepareEstimate(
    version,
    asked({ operation: 'video.standard', quantities: { seconds: 1.5, inputTokens: 1_333 }, others: true }),
  )
  expect(video.price).toMatchObject({ base: 300_167, premium: 30_016, total: 330_183 })
})

test('every operation’s default estimate can be charged', () => {
  for (const { key } of estimable(version))
    expect(prepareEstimate(version, asked({ operation: key })), key).toMatchObject({ errors: [] })
})

test('the estimator offers web search only where it exists, and no premium for the editor', () => {
  const editor = prepareEstimate(
    version,
    asked({ operation: 'editor.chat.fast', others: true, flags: { webSearch: true } }),
  )
  expect(editor).toMatchObject({ premiumBps: 0, flags: [] })
  expect(editor.price?.premium).toBe(0)
})

test('invalid quantities are named and give no price', () => {
  const wrong = prepareEstimate(
    version,
    asked({ operation: 'ai.standard', quantities: { inputTokens: 10, cachedInputTokens: 11 } }),
  )
  expect(wrong.price).toBeNull()
  expect(wrong.errors).toMatchObject([{ path: 'usage.cachedInputTokens' }])
  expect(
    prepareEstimate(version, asked({ operation: 'web.extract', quantities: { pages: 0 } })).errors,
  ).toHaveLength(1)
})

test('a link to a removed operation opens the first operation', () => {
  expect(prepareEstimate(version, asked({ operation: 'gone' })).operation.key).toBe(
    estimable(version)[0]?.key,
  )
})

test('the estimator counts whole uses, and none on a plan without the operation', () => {
  const purse = { name: 'Free', credits: millicredits(1_000_000), tiers: ['standard'] }
  const extraction = prepareEstimate(version, asked({ operation: 'web.extract', quantities: { pages: 3 } }))
  expect(usesWithin(purse, extraction)).toBe(41) // 41 × 24 = 984
  expect(usesWithin(purse, prepareEstimate(version, asked({ operation: 'ai.advanced' })))).toBeNull()
})

test('the slider of cached tokens ends at the input and follows it', () => {
  const { quantities } = prepareEstimate(
    version,
    asked({ operation: 'editor.chat.fast', quantities: { inputTokens: 5_000 } }),
  )
  expect(quantities.find(({ field }) => field === 'cachedInputTokens')).toMatchObject({
    max: 5_000,
    value: 5_000,
  })
})
