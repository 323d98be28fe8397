import { HANDLED_EVENTS } from '@/lib/billing/events/apply-event'
import { expect, test } from './fixtures/own-server'
import { newPerson } from './fixtures/people'

const HANG_MS = 30_000

test('while Stripe hangs for 30 seconds, every webhook is answered within a second, and its event is applied afterwards', async ({
  server,
  operator,
}) => {
  const { stripe } = server
  const user = await newPerson(operator)
  await stripe.set('faults', { delaySeconds: 3_600 })
  await server.pay(user, { plan: 'super' })
  await stripe.set('faults', { delaySeconds: 0, api: { kind: 'timeout', seconds: HANG_MS / 1_000 } })
  const hangsSince = performance.now()
  const { pending } = await stripe.look<{ pending: { delivery: string; type: string }[] }>('pending')
  expect(pending.map(({ type }) => type)).toContain('checkout.session.completed')
  for (const { delivery, type } of pending) {
    const sent = performance.now()
    expect(await stripe.set('deliver', { delivery }), type).toMatchObject({ status: 200 })
    expect(performance.now() - sent, type).toBeLessThan(1_000)
  }
  const waiting = async () => {
    const text = 'select type from webhook_events where applied_at is null'
    return (await server.pool.query<{ type: string }>(text)).rows.map(({ type }) => type).sort()
  }
  const handled = pending.map(({ type }) => type).filter((type) => HANDLED_EVENTS.includes(type))
  expect(await waiting()).toEqual(handled.sort())
  expect(await server.plan(user)).toBe('free')
  const page = { user, operation: 'web.extract', usage: { pages: 1 } }
  expect((await server.post('/charges', page)).status).toBe(201)

  await expect.poll(() => performance.now() - hangsSince, { timeout: 60_000 }).toBeGreaterThan(HANG_MS)
  await stripe.set('faults/reset')
  await server.passTime(15, async () => (await waiting()).length === 0)
  expect(await waiting()).toEqual([])
  const { body } = await server.get(`/balance?user=${user}`)
  expect(body).toMatchObject({ plan: { key: 'super' }, available: 10_000 })
})
