import { afterAll, beforeAll, expect, it } from 'vitest'
import { CHANGE_AT, withSecondVersion } from '@/lib/catalog/two-versions.test-support'
import { knowCatalogs } from '@/lib/catalogs/current'
import { clock } from './clock.test-support'
import { type Api, listOf, openApi } from './contract.test-support'

knowCatalogs(withSecondVersion())

let api: Api
beforeAll(async () => {
  api = await openApi('node server')
})
afterAll(() => api.close())

it('GET /operations announces a price change until it takes effect', async () => {
  const before = await api.get('/operations', { as: 'nobody' })
  expect(before.body).toMatchObject({ priceVersion: 1, creatorPremium: 0.1 })
  const upcoming = before.body.upcoming as Record<string, unknown>
  expect(upcoming).toMatchObject({
    effectiveAt: '2026-12-01T00:00:00.000Z',
    priceVersion: 2,
    creatorPremium: 0.12,
  })
  expect(
    listOf(upcoming.changes).map(({ operation, before, after }) => [
      operation,
      before !== null,
      after !== null,
    ]),
  ).toEqual([
    ['ai.standard', true, true],
    ['web.extract', true, true],
    ['web.crawl', false, true],
    ['speech.tts', true, false],
  ])
  expect(listOf(upcoming.changes)[1]).toMatchObject({
    before: { rates: { pages: { amount: 8, per: 1 } } },
    after: { rates: { pages: { amount: 9, per: 1 } } },
  })
  clock.moveTo(CHANGE_AT)
  const after = await api.get('/operations', { as: 'nobody' })
  expect(after.body).toMatchObject({ priceVersion: 2, creatorPremium: 0.12, upcoming: null })
})
