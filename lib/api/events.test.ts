import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseUrl, getPool } from '@/lib/db/pool'
import { type Relay, startRelay } from '@/lib/events/relay'
import { relayed } from '@/lib/testing/relayed'
import { type Api, listOf, openApi, SHARED_MOUNTS } from './contract.test-support'

describe.each(SHARED_MOUNTS)('the feed of events on the %s', (mount) => {
  let api: Api
  let relay: Relay
  beforeAll(async () => {
    api = await openApi(mount)
    relay = startRelay(databaseUrl())
  })
  afterAll(async () => {
    await relay.stop()
    await api.close()
  })

  it('lists an account’s events page by page, with ids, amounts and times', async () => {
    const user = await api.newUser()
    await api.post('/charges', { user: user.id, operation: 'web.extract', usage: { pages: 100 } })
    await relayed(getPool())
    const first = await api.get(`/events?user=${user.externalId}&limit=1`)
    expect(first).toMatchObject({ status: 200 })
    const rest = await api.get(`/events?user=${user.id}&after=${String(first.body.next)}`)
    const events = [...listOf(first.body.data), ...listOf(rest.body.data)]
    expect(events).toEqual([
      {
        type: 'allowance.started',
        id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
        seq: expect.any(Number),
        timestamp: expect.stringMatching(/Z$/),
        user: user.id,
        data: expect.objectContaining({ amount: 1_000, plan: 'free' }),
      },
      expect.objectContaining({
        type: 'balance.low',
        user: user.id,
        data: { line: 'allowance', at: 200, available: 200, held: 0 },
      }),
    ])
    const low = await api.get(`/events?user=${user.id}&type=balance.low`)
    expect(listOf(low.body.data)).toEqual([events[1]])
    const nothing = await api.get(`/events?after=${String(rest.body.next)}&user=${user.id}`)
    expect(nothing.body).toEqual({ data: [], next: rest.body.next })
  })

  it.each([
    ['after=-1', 'after'],
    ['after=1.5', 'after'],
    ['after=1234567890123456', 'after'],
    ['type=balance', 'type'],
    ['limit=201', 'limit'],
  ])('refuses %s', async (query, path) => {
    expect(await api.get(`/events?${query}`)).toMatchObject({ status: 422, body: { errors: [{ path }] } })
  })
})
