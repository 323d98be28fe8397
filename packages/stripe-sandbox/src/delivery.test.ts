import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { createKit, deliveredTypes, type Kit, packCheckout, subscribe } from './test-kit'

const arrived = (kit: Kit) => kit.received.map(({ event }) => event.type)

/** Creates three customers, whose events are easy to distinguish and order. */
async function threeEvents(kit: Kit): Promise<string[]> {
  const made: string[] = []
  for (const name of ['a', 'b', 'c']) made.push((await kit.stripe.customers.create({ name })).id)
  return made
}

const customers = (kit: Kit) =>
  kit.received.map(({ event }) => (event.type === 'customer.created' ? event.data.object.id : event.type))

describe('manual delivery', () => {
  it('sends each waiting event once, and only on request', async () => {
    const kit = await createKit()
    const made = await threeEvents(kit)
    expect(kit.received).toEqual([])
    expect(kit.control.pendingEvents().map(({ type }) => type)).toEqual(Array(3).fill('customer.created'))
    const results = await kit.control.deliverPending()
    expect(results.map(({ status, delivered }) => [status, delivered])).toEqual(Array(3).fill([200, true]))
    expect(customers(kit)).toEqual(made)
    expect(kit.control.pendingEvents()).toEqual([])
    expect((await kit.stripe.events.list()).data[0]?.pending_webhooks).toBe(0)
  })

  it('can send a chosen event first', async () => {
    const kit = await createKit()
    const made = await threeEvents(kit)
    const last = kit.control.pendingEvents().at(-1)
    await kit.control.deliver(last?.delivery ?? '')
    await kit.control.deliverPending()
    expect(customers(kit)).toEqual([made[2], made[0], made[1]])
  })

  it('keeps an event that the endpoint refused for another attempt', async () => {
    const kit = await createKit()
    await threeEvents(kit)
    kit.answers.push(500, 200, 404)
    const first = await kit.control.deliverPending()
    expect(first.map(({ delivered }) => delivered)).toEqual([false, true, false])
    const second = await kit.control.deliverPending()
    expect(second.map(({ attempt, delivered }) => [attempt, delivered])).toEqual([
      [2, true],
      [2, true],
    ])
  })
})

describe('faults on events', () => {
  it('duplicate: sends the same event several times with the same id', async () => {
    const kit = await createKit()
    kit.control.setFaults({ duplicate: 2 })
    await kit.stripe.customers.create({})
    await kit.control.deliverPending()
    expect(new Set(kit.received.map(({ event }) => event.id)).size).toBe(1)
    expect(kit.received).toHaveLength(3)
  })

  it('reverse and shuffle: change the order, and the same seed gives the same shuffle', async () => {
    const orders: string[][] = []
    for (const faults of [
      { order: 'reverse' as const },
      { order: 'shuffle' as const, seed: 7 },
      { order: 'shuffle' as const, seed: 7 },
    ]) {
      const kit = await createKit()
      const session = await packCheckout(kit)
      kit.control.payCheckout(session.id)
      kit.control.setFaults(faults)
      orders.push(await deliveredTypes(kit))
    }
    expect(orders[0]?.[0]).toBe('checkout.session.completed')
    expect(orders[0]?.at(-1)).toBe('payment_intent.created')
    expect(orders[1]).toEqual(orders[2])
    expect(orders[1]).not.toEqual(orders[0])
    expect([...(orders[1] ?? [])].sort()).toEqual([...(orders[0] ?? [])].sort())
  })

  it('drop: withholds events of chosen types until they are resent', async () => {
    const kit = await createKit()
    kit.control.setFaults({ drop: ['checkout.session.completed', 'invoice.paid'] })
    const session = await packCheckout(kit)
    kit.control.payCheckout(session.id)
    expect(await deliveredTypes(kit)).not.toContain('invoice.paid')
    expect(kit.control.droppedEvents().map(({ type }) => type)).toEqual([
      'invoice.paid',
      'checkout.session.completed',
    ])
    kit.control.resetFaults()
    expect(kit.control.resend()).toBe(2)
    expect(await deliveredTypes(kit)).toEqual(['invoice.paid', 'checkout.session.completed'])
  })

  it('resend: also sends an event that was already delivered', async () => {
    const kit = await createKit()
    await kit.stripe.customers.create({})
    await kit.control.deliverPending()
    expect(kit.control.resend(kit.received[0]?.event.id)).toBe(1)
    await kit.control.deliverPending()
    expect(kit.received).toHaveLength(2)
  })

  it('delay: sends an event only after the delay', async () => {
    const kit = await createKit()
    kit.control.setFaults({ delaySeconds: 3 * 86_400 })
    await kit.stripe.customers.create({})
    expect(await kit.control.deliverPending()).toEqual([])
    kit.clock.advance(3 * 86_400_000)
    expect(await kit.control.deliverPending()).toHaveLength(1)
    await kit.stripe.customers.create({})
    expect(await kit.control.deliverPending({ early: true })).toHaveLength(1)
  })
})

describe('automatic delivery', () => {
  it('sends events on its own, in order', async () => {
    const kit = await createKit({ deliver: 'auto' })
    await kit.control.idle()
    kit.received.length = 0
    const made = await threeEvents(kit)
    await kit.control.idle()
    expect(customers(kit)).toEqual(made)
  })

  it('retries at growing intervals and stops after three days', async () => {
    const kit = await createKit({ deliver: 'auto' })
    await kit.control.idle()
    kit.received.length = 0
    kit.answers.push(500, 503)
    await kit.stripe.customers.create({})
    await kit.control.idle()
    expect(kit.received).toEqual([])
    expect(kit.control.pendingEvents()).toMatchObject([{ attempt: 2 }])
    await kit.control.advanceTo('2026-01-31T10:00:10Z')
    expect(kit.received).toEqual([])
    await kit.control.advanceTo('2026-01-31T10:01:10Z')
    expect(arrived(kit)).toEqual(['customer.created'])

    kit.answers.push(...Array(40).fill(500))
    await kit.stripe.customers.create({})
    await kit.control.advanceTo('2026-02-10T00:00:00Z')
    expect(kit.control.pendingEvents()).toEqual([])
    expect(arrived(kit)).toEqual(['customer.created'])
    const refused = 40 - kit.answers.length
    expect(refused).toBeGreaterThan(8)
    expect(refused).toBeLessThan(20)
  })

  it('sends the events of each renewal while the clock shows its time', async () => {
    const kit = await createKit({ deliver: 'auto' })
    const subscription = await subscribe(kit)
    await kit.control.idle()
    const seen: string[] = []
    const auto = await createKit({
      deliver: 'auto',
      webhookFetch: async (_url, init) => {
        const event: Stripe.Event = JSON.parse(String(init.body))
        if (event.type === 'invoice.paid') {
          const { data } = await auto.stripe.subscriptions.list({ customer: auto.customer.id })
          const end = data[0]?.items.data[0]?.current_period_end ?? 0
          seen.push(`${auto.control.now().toISOString()} → ${new Date(end * 1000).toISOString()}`)
        }
        return new Response(null, { status: 200 })
      },
    })
    expect(subscription.status).toBe('active')
    await subscribe(auto)
    await auto.control.advanceTo('2026-04-01T00:00:00Z')
    expect(seen).toEqual([
      '2026-01-31T10:00:00.000Z → 2026-02-28T10:00:00.000Z',
      '2026-02-28T11:00:00.000Z → 2026-03-31T10:00:00.000Z',
      '2026-03-31T11:00:00.000Z → 2026-04-30T10:00:00.000Z',
    ])
  })
})

describe('an API with faults', () => {
  it('answers with the configured number of errors', async () => {
    const kit = await createKit()
    kit.control.setFaults({ api: { kind: 'error', status: 503, times: 2, applied: false } })
    const make = () => kit.stripe.customers.create({ email: 'down@example.com' })
    await expect(make()).rejects.toMatchObject({ type: 'StripeAPIError', statusCode: 503 })
    await expect(make()).rejects.toMatchObject({ type: 'StripeAPIError' })
    await make()
    expect((await kit.stripe.customers.list({ email: 'down@example.com' })).data).toHaveLength(1)
  })

  it('can lose only the answer, which a call with the same key then returns', async () => {
    const kit = await createKit()
    kit.control.setFaults({ api: { kind: 'error', status: 500, times: 1, applied: true } })
    const make = () =>
      kit.stripe.customers.create({ email: 'lost@example.com' }, { idempotencyKey: 'lost-answer' })
    await expect(make()).rejects.toMatchObject({ statusCode: 500 })
    const again = await make()
    const listed = await kit.stripe.customers.list({ email: 'lost@example.com' })
    expect(listed.data.map(({ id }) => id)).toEqual([again.id])
  })

  it('can stay silent until the caller disconnects, and then does nothing', async () => {
    const kit = await createKit()
    kit.control.setFaults({ api: { kind: 'timeout' } })
    const call = kit.stripe.customers.create({ email: 'silent@example.com' }, { timeout: 20 })
    await expect(call).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError)
    kit.control.resetFaults()
    expect((await kit.stripe.customers.list({ email: 'silent@example.com' })).data).toEqual([])
  })
})

describe('the clock', () => {
  it('moves only forward', async () => {
    const kit = await createKit()
    await expect(kit.control.advanceTo('2026-01-31T09:59:59Z')).rejects.toThrow(RangeError)
    expect(await kit.control.advanceTo('2026-03-01T00:00:00Z')).toEqual(new Date('2026-03-01T00:00:00Z'))
    kit.clock.advance(1_000)
    expect(kit.control.now()).toEqual(new Date('2026-03-01T00:00:01Z'))
  })

  it('triggers due events at the next call', async () => {
    const kit = await createKit()
    const subscription = await subscribe(kit)
    kit.clock.moveTo('2026-03-01T00:00:00Z')
    const { data } = await kit.stripe.invoices.list({ subscription: subscription.id })
    expect(data.map(({ status }) => status)).toEqual(['paid', 'paid'])
  })

  it('restarts at a reset, which keeps the webhook endpoint', async () => {
    const kit = await createKit()
    kit.control.reset()
    expect((await kit.stripe.customers.list()).data).toEqual([])
    await kit.stripe.customers.create({})
    expect(await deliveredTypes(kit)).toEqual(['customer.created'])
  })
})
