import Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { drainWebhooks } from '@/lib/billing/repair/drain-webhooks'
import { type Buyer, openShop, type Shop, SMALL, SUPER } from '@/lib/billing/shop.test-support'
import { HOUR_MS, MINUTE_MS } from '@/lib/clock'
import { HANDLED_EVENTS } from './apply-event'
import { BadSignature, eventsApplied, receiveEvent } from './receive-event'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())
beforeEach(async () => {
  shop.control.resetFaults()
  await shop.deliver()
})

const DOWN = { kind: 'error', status: 500, times: null, applied: false } as const

let serial = 0

/** An event about the given object, as Stripe would send it. */
function eventOf(type: string, object: object): string {
  serial += 1
  return JSON.stringify({ id: `evt_test_${serial}`, object: 'event', type, data: { object } })
}

function signed(payload: string, { secret = shop.sandbox.webhookSecret, ageSeconds = 0 } = {}) {
  const timestamp = Math.floor(Date.now() / 1_000) - ageSeconds
  return { payload, signature: Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) }
}

/** Receives an event and waits until it is applied. */
async function receive(sent: ReturnType<typeof signed>): Promise<void> {
  await receiveEvent(shop.ctx, sent)
  await eventsApplied()
}

async function rowOf(payload: string) {
  const { id }: { id: string } = JSON.parse(payload)
  const text = `select type, object_id, customer, attempts, applied_at is not null as applied, last_error
    from webhook_events where id = $1`
  const { rows } = await shop.ctx.pool.query(text, [id])
  return rows[0]
}

/** Buys a pack whose event cannot be applied when it arrives. */
async function missed(buyer: Buyer): Promise<void> {
  await shop.pay(buyer, SMALL)
  shop.setFaults({ api: DOWN, drop: 'none' })
  for (const { delivery, type } of shop.control.pendingEvents())
    if (type === 'checkout.session.completed') await shop.control.deliver(delivery)
}

describe('while Stripe hangs', () => {
  test('an event is acknowledged once it is stored, and applied when Stripe responds again', async () => {
    const buyer = await shop.newBuyer()
    const session = await shop.pay(buyer, SMALL)
    const customer = await shop.customer(buyer)
    shop.setFaults({ api: { kind: 'timeout' } })
    const text = eventOf('checkout.session.completed', { id: session, customer })
    // Stripe does not answer until the fault is cleared, so this call returns only if the response does not wait for Stripe.
    await receiveEvent(shop.ctx, signed(text))
    expect(await rowOf(text)).toMatchObject({ applied: false, last_error: null })
    expect(await shop.available(buyer)).toBe(1_000)
    shop.control.resetFaults()
    await eventsApplied()
    expect(await rowOf(text)).toMatchObject({ applied: true })
    expect(await shop.available(buyer)).toBe(3_000)
  })
})

describe('a signature', () => {
  const payload = () => eventOf('price.created', { id: 'price_1' })

  test.each<[string, (text: string) => { payload: string; signature: string | null }]>([
    ['that is missing', (text) => ({ payload: text, signature: null })],
    ['that is no signature', (text) => ({ payload: text, signature: 'whatever' })],
    ['by another secret', (text) => signed(text, { secret: 'whsec_another' })],
    ['of another body', (text) => ({ ...signed(text), payload: `${text} ` })],
    ['of five minutes ago', (text) => signed(text, { ageSeconds: 301 })],
    ['of what is not JSON', () => signed('not json')],
  ])('%s is refused, and no event is stored', async (_what, make) => {
    const text = payload()
    await expect(receiveEvent(shop.ctx, make(text))).rejects.toBeInstanceOf(BadSignature)
    expect(await rowOf(text)).toBeUndefined()
  })

  test('is checked against real time even if the product’s clock has moved', async () => {
    shop.clock.advance(40 * 24 * HOUR_MS)
    const text = payload()
    await receive(signed(text, { ageSeconds: 290 }))
    expect(await rowOf(text)).toMatchObject({ applied: true })
  })
})

describe('an event', () => {
  test('is stored and acknowledged even if its type is unknown', async () => {
    const text = eventOf('treasury.something_new', { id: 'obj_1' })
    await receive(signed(text))
    expect(await rowOf(text)).toMatchObject({ type: 'treasury.something_new', applied: true })
    const bare = eventOf('balance.available', { object: 'balance' })
    await receive(signed(bare))
    expect(await rowOf(bare)).toMatchObject({ applied: true, object_id: '' })
  })

  test('is stored and applied once even if it arrives twice at the same time', async () => {
    const text = eventOf('customer.updated', { id: 'cus_1' })
    await Promise.all([1, 2, 3].map(() => receive(signed(text))))
    await receive(signed(text))
    expect(await rowOf(text)).toMatchObject({ attempts: 1, applied: true })
  })

  test.each(HANDLED_EVENTS)('%s about an unknown object and customer is acknowledged', async (type) => {
    const text = eventOf(type, { id: 'obj_unknown', customer: 'cus_unknown', payment_intent: 'pi_unknown' })
    await receive(signed(text))
    expect(await rowOf(text)).toMatchObject({ applied: true, last_error: null })
  })

  test('is acknowledged if its user was deleted', async () => {
    const buyer = await shop.newBuyer()
    await shop.pay(buyer, SMALL)
    await shop.pay(buyer, SUPER)
    await removeAccount(buyer)
    await shop.deliver()
    expect(await shop.waiting()).toBe(0)
    expect(await shop.grants(buyer)).toEqual([])
  })

  test('is applied from the object as read from Stripe, not from its own content', async () => {
    const buyer = await shop.newBuyer()
    const session = await shop.pay(buyer, SMALL, 'bank_succeeds')
    const forged = { id: session, customer: null, payment_status: 'paid', amount_total: 60_000 }
    await receive(signed(eventOf('checkout.session.completed', forged)))
    expect(await shop.grants(buyer, 'pack')).toEqual([])
  })
})

/** Erases a person as an operator would: the ledger's rows and the user are deleted, but the Stripe customer stays. */
async function removeAccount({ accountId }: Buyer): Promise<void> {
  const client = await shop.ctx.pool.connect()
  try {
    await client.query('begin')
    await client.query(`set local session_replication_role = 'replica'`)
    for (const table of ['entries', 'grants', 'wallets'])
      await client.query(`delete from ${table} where account_id = $1`, [accountId])
    await client.query('delete from users where id = $1', [accountId])
    await client.query('commit')
  } finally {
    client.release()
  }
}

/** Pays for a pack whose line is recorded for another account, so that it is refused; `mend` undoes that. */
async function payRefused(buyer: Buyer): Promise<{ mend: () => Promise<void> }> {
  const other = await shop.newBuyer()
  await shop.buy(other, SMALL)
  const [grant] = await shop.grants(other, 'pack')
  const setLine = async (line: string | undefined) => {
    await shop.ctx.pool.query('update grants set stripe_line = $2 where id = $1', [grant?.id, line])
  }
  const session = await shop.pay(buyer, SMALL)
  const { data } = await shop.stripe((stripe) => stripe.checkout.sessions.listLineItems(session))
  await setLine(data[0]?.id)
  return { mend: () => setLine(grant?.payment?.stripeLine) }
}

describe('an unapplied event', () => {
  test('stays stored and is applied by the drain when Stripe is available again', async () => {
    const buyer = await shop.newBuyer()
    await missed(buyer)
    expect(await shop.waiting()).toBe(1)
    expect(await shop.available(buyer)).toBe(1_000)
    // The event is not due yet, so that Stripe is not flooded with retries.
    expect(await drainWebhooks(shop.ctx)).toEqual({ tried: 0, failed: 0 })
    shop.clock.advance(MINUTE_MS)
    expect(await drainWebhooks(shop.ctx)).toEqual({ tried: 1, failed: 1 })
    expect(await shop.waiting()).toBe(1)
    shop.control.resetFaults()
    shop.clock.advance(HOUR_MS)
    expect(await drainWebhooks(shop.ctx)).toEqual({ tried: 1, failed: 0 })
    expect(await shop.available(buyer)).toBe(3_000)
    expect(await shop.waiting()).toBe(0)
    expect(await drainWebhooks(shop.ctx, { early: true })).toEqual({ tried: 0, failed: 0 })
  })

  test('waits longer each time, up to an hour', async () => {
    const buyer = await shop.newBuyer()
    const { mend } = await payRefused(buyer)
    await shop.deliver()
    const waits: number[] = []
    for (let round = 0; round < 9; round += 1) {
      const { rows } = await shop.ctx.pool.query<{ next: Date }>(
        'select next_attempt_at as next from webhook_events where applied_at is null',
      )
      const next = rows[0]?.next ?? shop.clock.now()
      waits.push((next.getTime() - shop.clock.now().getTime()) / MINUTE_MS)
      shop.clock.moveTo(next)
      expect(await drainWebhooks(shop.ctx)).toEqual({ tried: 1, failed: 1 })
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    await mend()
    expect(await drainWebhooks(shop.ctx, { early: true })).toEqual({ tried: 1, failed: 0 })
    expect(await shop.available(buyer)).toBe(3_000)
  })

  test('is tried by an early drain even if many events before it keep failing', async () => {
    const [unlucky, buyer] = [await shop.newBuyer(), await shop.newBuyer()]
    const { mend } = await payRefused(unlucky)
    await shop.deliver()
    await shop.ctx.pool.query(`
      insert into webhook_events (id, type, object_id, customer, payment_intent, received_at, attempts, next_attempt_at)
      select id || '_' || n, type, object_id, customer, payment_intent, received_at, attempts, next_attempt_at
      from webhook_events, generate_series(1, 59) n where applied_at is null`)
    await missed(buyer)
    shop.control.resetFaults()
    const last = `update webhook_events set next_attempt_at = next_attempt_at + interval '1 day' where customer = (
      select stripe_customer from customers where account_id = $1)`
    await shop.ctx.pool.query(last, [buyer.accountId])
    expect(await drainWebhooks(shop.ctx, { early: true })).toEqual({ tried: 61, failed: 60 })
    expect(await shop.available(buyer)).toBe(3_000)
    await mend()
    expect(await drainWebhooks(shop.ctx, { early: true })).toEqual({ tried: 60, failed: 0 })
  })

  test('is tried immediately by an early drain, and only once by two concurrent drains', async () => {
    const buyer = await shop.newBuyer()
    await missed(buyer)
    shop.control.resetFaults()
    const drains = await Promise.all([1, 2].map(() => drainWebhooks(shop.ctx, { early: true })))
    expect(drains.map(({ failed }) => failed)).toEqual([0, 0])
    expect(await shop.available(buyer)).toBe(3_000)
  })

  test('does not block others: later events are applied, and the success page completes the checkout', async () => {
    const buyer = await shop.newBuyer()
    await missed(buyer)
    shop.control.resetFaults()
    await shop.buy(buyer, SMALL)
    expect(await shop.available(buyer)).toBe(5_000 - 2_000)
    await drainWebhooks(shop.ctx, { early: true })
    expect(await shop.available(buyer)).toBe(5_000)
  })
})
