import { afterAll, beforeAll, expect, it, vi } from 'vitest'

// Set before anything reads this process's environment.
vi.hoisted(() => vi.stubEnv('TEST_CLOCK', 'on'))

import { type Api, openApi } from './contract.test-support'

let api: Api
beforeAll(async () => {
  api = await openApi('node server')
})
afterAll(() => api.close())

const move = (now: string) => api.post('/api/test/clock', { now }, { key: null })

it.each([
  ['beyond the year 2200', '2201-01-01T00:00:00Z'],
  ['beyond the year 2200 because of its offset', '2200-12-31T23:59:59-01:00'],
  ['at the largest representable time', '9999-12-31T23:59:59Z'],
  ['before the earliest representable time', '0000-01-01T00:00:00Z'],
  ['in the past', '2020-01-01T00:00:00Z'],
])('the test clock refuses a time %s', async (_what, now) => {
  expect(await move(now)).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'now', message: expect.any(String) }] },
  })
})

it('the test clock moves up to the year 2200, where everything still works', async () => {
  expect((await move('2200-12-31T23:00:00Z')).status).toBe(200)
  expect((await api.get('/api/test/clock')).status).toBe(200)
})

it('the OpenAPI document includes the test clock if it is on', async () => {
  const { body } = await api.get('/api/openapi.json')
  expect(body.paths).toHaveProperty('/api/test/clock')
})
