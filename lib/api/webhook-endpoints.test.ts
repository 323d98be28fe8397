import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Context } from '@/lib/context'
import { databaseUrl, getPool } from '@/lib/db/pool'
import { type Relay, startRelay } from '@/lib/events/relay'
import { relayed } from '@/lib/testing/relayed'
import { deliverDue } from '@/lib/webhooks/deliver'
import { ENDPOINTS_MAX } from '@/lib/webhooks/endpoints'
import { openReceiver } from '@/lib/webhooks/receiver.test-support'
import { clock } from './clock.test-support'
import { type Api, listOf, openApi, SHARED_MOUNTS } from './contract.test-support'

describe.each(SHARED_MOUNTS)('webhook endpoints on the %s', (mount) => {
  let api: Api
  let relay: Relay
  let receiver: Awaited<ReturnType<typeof openReceiver>>
  beforeAll(async () => {
    api = await openApi(mount)
    relay = startRelay(databaseUrl())
    receiver = await openReceiver()
  })
  afterAll(async () => {
    await receiver.close()
    await relay.stop()
    await api.close()
  })

  async function deliver() {
    const pool = getPool()
    await relayed(pool)
    const ctx: Context = { pool, clock, caller: { kind: 'system', name: 'test' }, requestId: 'test' }
    await deliverDue(ctx)
  }

  it('are added, changed, tested, rotated, read and deleted with the secret key', async () => {
    const { status, body: made } = await api.post('/webhook-endpoints', {
      url: receiver.url,
      types: ['balance.low'],
    })
    expect(status).toBe(201)
    expect(made).toEqual({
      id: expect.stringMatching(/^whe_/),
      url: receiver.url,
      types: ['balance.low'],
      enabled: true,
      disabledReason: null,
      failingSince: null,
      oldSecretUntil: null,
      createdAt: clock.now().toISOString(),
      secret: expect.stringMatching(/^whsec_/),
    })
    const path = `/webhook-endpoints/${String(made.id)}`
    const { secret, ...shown } = made
    expect(await api.get(path)).toMatchObject({ status: 200, body: shown })
    expect((await api.get('/webhook-endpoints')).body.data).toContainEqual(shown)
    expect((await api.post(`${path}/test`, undefined)).status).toBe(204)
    await deliver()
    const [one] = receiver.received
    const event = new Webhook(String(secret)).verify(one?.body ?? '', one?.headers as Record<string, string>)
    expect(event).toMatchObject({ type: 'webhook.test', data: { endpoint: made.id } })
    const { body: log } = await api.get(`${path}/deliveries?state=delivered`)
    expect(log).toMatchObject({
      data: [{ type: 'webhook.test', attempts: [{ status: 204 }] }],
      nextCursor: null,
    })
    const sent = listOf(log.data)[0]?.event
    expect((await api.post(`${path}/resend`, { event: sent })).status).toBe(204)
    await deliver()
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([sent, sent])
    const { body: rotated } = await api.post(`${path}/rotate-secret`, undefined)
    expect(rotated).toMatchObject({ id: made.id, oldSecretUntil: expect.any(String) })
    expect(rotated.secret).not.toBe(secret)
    const off = await api.request('PATCH', path, { enabled: false, types: null })
    expect(off).toMatchObject({ status: 200, body: { enabled: false, disabledReason: 'staff', types: null } })
    expect((await api.post(`${path}/test`, undefined)).status).toBe(422)
    expect((await api.request('DELETE', path, undefined)).status).toBe(204)
    expect((await api.get(path)).status).toBe(404)
  })

  it.each([
    ['url', { url: 'platform.example' }],
    ['url', { url: 'ftp://platform.example/' }],
    ['url', { url: 'https://user@platform.example/' }],
    ['types', { url: 'https://platform.example/', types: [] }],
    ['types.0', { url: 'https://platform.example/', types: ['balance'] }],
  ])('are refused with an invalid %s', async (path, body) => {
    expect(await api.post('/webhook-endpoints', body)).toMatchObject({
      status: 422,
      body: { errors: [{ path }] },
    })
  })

  it('are limited to twenty, and their log is read in pages', async () => {
    const ids: string[] = []
    for (;;) {
      const { status, body } = await api.post('/webhook-endpoints', { url: receiver.url })
      if (status !== 201) break
      ids.push(String(body.id))
    }
    expect(ids).toHaveLength(ENDPOINTS_MAX)
    const [first] = ids
    for (let turn = 0; turn < 3; turn++) await api.post(`/webhook-endpoints/${first}/test`, undefined)
    await deliver()
    const { body: page } = await api.get(`/webhook-endpoints/${first}/deliveries?limit=2`)
    const { body: rest } = await api.get(
      `/webhook-endpoints/${first}/deliveries?limit=2&cursor=${String(page.nextCursor)}`,
    )
    const places = [...listOf(page.data), ...listOf(rest.data)].map(({ seq }) => Number(seq))
    expect(places).toEqual(places.toSorted((left, right) => right - left))
    expect(places).toHaveLength(3)
    expect(await api.get(`/webhook-endpoints/${first}/deliveries?cursor=xyz`)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'cursor' }] },
    })
    for (const id of ids) await api.request('DELETE', `/webhook-endpoints/${id}`, undefined)
  })
})
