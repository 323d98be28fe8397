import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type Api, openApi } from '@/lib/api/contract.test-support'
import type { ChargeJson } from '@/lib/contract/metering'
import { localModels } from './local/local-models'
import { quoteUnits, runUnits, type UnitRequest } from './run-units'
import { newGuest, of, platform, press, receiptOf, stopAt } from './runs.test-support'

let api: Api
beforeAll(async () => {
  api = await openApi('node server')
})
afterAll(() => api.close())
beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue(undefined)
})

type Asked = UnitRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, 'payer' | 'action'>
    : never
  : never

const CASES: [Asked, Partial<ChargeJson>, string][] = [
  [
    { operation: 'image.standard', prompt: 'A lighthouse at dusk' },
    { base: 50, premium: 5 },
    'image/svg+xml',
  ],
  [
    { operation: 'image.standard', prompt: 'Two hills', images: 2 },
    { base: 100, premium: 10 },
    'image/svg+xml',
  ],
  [
    { operation: 'video.standard', prompt: 'Rain on a lake', seconds: 1.5 },
    { base: 300, premium: 30 },
    'image/svg+xml',
  ],
  [{ operation: 'speech.tts', text: 'The train is on time.' }, { base: 10, premium: 1 }, 'audio/wav'],
]

test.each(CASES)('a media run holds, produces and charges %o', async (asked, price, mediaType) => {
  const { payer, asGuest } = await newGuest(api)
  const deps = platform(api)
  const request: UnitRequest = { ...asked, payer: asGuest, action: press() }
  const { most } = await quoteUnits(deps, request)
  const events = await runUnits(deps, request).done
  expect(of(events, 'started')[0]?.reserved).toBe(most.total)
  for (const media of of(events, 'media')) expect(media.mediaType).toBe(mediaType)
  expect(of(events, 'media').length).toBe('images' in asked ? asked.images : 1)
  const charge = receiptOf(events)
  expect(charge).toMatchObject(price)
  expect(await api.available(payer.id)).toBe(1_000 - charge.total)
})

test('an extraction charges each page that was read and no others', async () => {
  const user = await api.newUser()
  const urls = ['https://example.com/slow-trains', 'nonsense', 'https://example.com/night-trains']
  const request = { payer: { user: user.id }, action: press(), operation: 'web.extract', urls } as const
  const events = await runUnits(platform(api), { ...request, urls: [...urls] }).done
  expect(of(events, 'page').map(({ title }) => title)).toEqual([
    'Slow trains · example.com',
    'Night trains · example.com',
  ])
  expect(receiptOf(events)).toMatchObject({ total: 16, usage: { pages: 2 } })
  expect(events.at(-1)).toMatchObject({ type: 'failed', reason: 'model', charged: true })
})

test('stopping a media run before its result releases the hold', async () => {
  const user = await api.newUser()
  const run = runUnits(platform(api, localModels({ paceMs: 60_000 })), {
    payer: { user: user.id },
    action: press(),
    operation: 'image.standard',
    prompt: 'A lighthouse',
  })
  const events = await stopAt(run, 'started')
  expect(events.at(-1)).toMatchObject({ type: 'failed', reason: 'stopped', charged: false })
  expect(await api.available(user.id)).toBe(1_000)
})
