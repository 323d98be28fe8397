import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsApplied } from '@/lib/billing/events/receive-event'
import { setStripeEndpoint } from '@/lib/billing/stripe-client'
import { type Api, MOUNTS, openApi } from './contract.test-support'

const PATH = '/api/webhooks/stripe'
const SECRET = 'whsec_of_this_test'

describe.each(MOUNTS)('the Stripe webhook on the %s', (mount) => {
  let api: Api
  beforeAll(async () => {
    // Events without a handler cause no call to Stripe, so no answer is needed.
    setStripeEndpoint({ secretKey: 'sk_test_1', webhookSecret: SECRET, apiUrl: 'http://127.0.0.1:1' })
    api = await openApi(mount)
  })
  afterAll(() => api.close())

  let serial = 0
  function newEvent(more: object = {}) {
    serial += 1
    const id = `evt_${mount.replace(' ', '_')}_${serial}`
    const data = { object: { id: 'prod_1' } }
    return { id, payload: JSON.stringify({ id, object: 'event', type: 'product.created', data, ...more }) }
  }
  function signatureOf(payload: string, ageSeconds = 0): string {
    const timestamp = Math.floor(Date.now() / 1_000) - ageSeconds
    return Stripe.webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp })
  }
  const send = (raw: BodyInit, signature: string | null) =>
    api.send(PATH, {
      method: 'POST',
      body: raw,
      headers: {
        'content-type': 'application/json',
        ...(signature === null ? {} : { 'stripe-signature': signature }),
      },
    })
  async function stored(id: string): Promise<number> {
    const { rows } = await api.pool.query('select 1 from webhook_events where id = $1', [id])
    return rows.length
  }

  it('accepts a signed event, and the same event again', async () => {
    const { id, payload } = newEvent()
    for (let time = 0; time < 3; time += 1) {
      const response = await send(payload, signatureOf(payload))
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ received: true })
      expect(response.headers.get('cache-control')).toBe('no-store')
    }
    expect(await stored(id)).toBe(1)
  })

  it('verifies the raw bytes, not the parsed content', async () => {
    const { id, payload } = newEvent({ note: 'é → 字 😀' })
    const spaced = JSON.stringify(JSON.parse(payload), null, 2)
    expect((await send(spaced, signatureOf(payload))).status).toBe(400)
    expect(await stored(id)).toBe(0)
    expect((await send(spaced, signatureOf(spaced))).status).toBe(200)
    expect(await stored(id)).toBe(1)
  })

  it.each<[string, (payload: string) => string | null]>([
    ['no signature', () => null],
    ['an empty signature', () => ''],
    ['a wrong signature', () => 't=1,v1=abc'],
    ['a signature older than five minutes', (payload) => signatureOf(payload, 301)],
  ])('refuses %s with 400 and stores nothing', async (_what, signature) => {
    const { id, payload } = newEvent()
    const response = await send(payload, signature(payload))
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const requestId = response.headers.get('x-request-id')
    expect(await response.json()).toMatchObject({ code: 'bad_signature', status: 400, requestId })
    expect(await stored(id)).toBe(0)
  })

  it('refuses a huge body before parsing it, with or without a length', async () => {
    const { id, payload } = newEvent({ filler: 'x'.repeat(600 * 1_024) })
    const signature = signatureOf(payload)
    expect((await send(payload, signature)).status).toBe(413)
    const chunks = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(payload))
        controller.close()
      },
    })
    const init = {
      method: 'POST',
      body: chunks,
      duplex: 'half',
      headers: { 'stripe-signature': signature },
    }
    expect((await api.send(PATH, init as RequestInit)).status).toBe(413)
    expect(await stored(id)).toBe(0)
  })

  it('stores and acknowledges an event while Stripe is unreachable', async () => {
    const accountId = (await api.newUser()).accountId
    const customer = `cus_${mount.replace(' ', '_')}`
    await api.pool.query(
      'insert into customers (account_id, stripe_customer, created_at) values ($1, $2, now())',
      [accountId, customer],
    )
    const data = { object: { id: 'in_1', customer } }
    const { id, payload } = newEvent({ type: 'invoice.paid', data })
    expect((await send(payload, signatureOf(payload))).status).toBe(200)
    await eventsApplied()
    const { rows } = await api.pool.query('select applied_at, last_error from webhook_events where id = $1', [
      id,
    ])
    expect(rows).toEqual([{ applied_at: null, last_error: expect.stringContaining('cannot be reached') }])
  })

  it('accepts only POST', async () => {
    expect((await api.send(PATH, { method: 'GET' })).status).toBeGreaterThanOrEqual(404)
  })
})
