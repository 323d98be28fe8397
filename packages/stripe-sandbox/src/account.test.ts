import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, type Kit, subscribe } from './test-kit'

let kit: Kit
beforeEach(async () => {
  kit = await createKit()
})

describe('the account', () => {
  it('reports its identity and mode', async () => {
    const account = await kit.stripe.accounts.retrieveCurrent()
    expect(account).toMatchObject({ id: expect.stringMatching(/^acct_/), object: 'account' })
    expect(account.id).toBe(kit.control.account().id)
    expect(await kit.stripe.balance.retrieve()).toMatchObject({ livemode: false, object: 'balance' })
  })

  it('reports its balance, and money becomes available after two days', async () => {
    await subscribe(kit)
    const before = await kit.stripe.balance.retrieve()
    expect(before).toMatchObject({ available: [{ amount: 0 }], pending: [{ amount: 1912 }] })
    await kit.control.advanceTo('2026-02-02T10:00:00Z')
    expect(await kit.stripe.balance.retrieve()).toMatchObject({ available: [{ amount: 1912 }] })
  })

  it('can be replaced by an empty account with the same key', async () => {
    const subscription = await subscribe(kit)
    const before = kit.control.account().id
    kit.control.swapAccount({ livemode: true })
    const account = await kit.stripe.accounts.retrieveCurrent()
    expect(account.id).not.toBe(before)
    expect((await kit.stripe.balance.retrieve()).livemode).toBe(true)
    await expect(kit.stripe.subscriptions.retrieve(subscription.id)).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
    await kit.stripe.customers.create({})
    await kit.control.deliverPending()
    expect(kit.received.at(-1)?.event.type).toBe('customer.created')
  })
})

describe('an object id of another account', () => {
  const missing = (param: string) => ({ statusCode: 400, code: 'resource_missing', param })

  it('is refused as a filter of every list', async () => {
    const customer = 'cus_of_another_account'
    for (const list of [
      kit.stripe.invoices.list({ customer }),
      kit.stripe.subscriptions.list({ customer, status: 'all' }),
      kit.stripe.checkout.sessions.list({ customer }),
      kit.stripe.charges.list({ customer }),
      kit.stripe.paymentIntents.list({ customer }),
    ]) {
      await expect(list).rejects.toMatchObject(missing('customer'))
    }
    const payment_intent = 'pi_of_another_account'
    for (const list of [
      kit.stripe.refunds.list({ payment_intent }),
      kit.stripe.disputes.list({ payment_intent }),
    ]) {
      await expect(list).rejects.toMatchObject(missing('payment_intent'))
    }
    const invoice = 'in_of_another_account'
    await expect(kit.stripe.invoicePayments.list({ invoice })).rejects.toMatchObject(missing('invoice'))
  })

  it('is refused as the customer of a portal session', async () => {
    await expect(
      kit.stripe.billingPortal.sessions.create({ customer: 'cus_of_another_account' }),
    ).rejects.toMatchObject(missing('customer'))
  })

  it('filters invoices if it is the id of a deleted customer', async () => {
    await subscribe(kit)
    const { id: customer } = kit.customer
    await kit.stripe.customers.del(customer)
    expect((await kit.stripe.invoices.list({ customer })).data).toHaveLength(1)
  })
})

describe('the list of events', () => {
  it('is paged, newest first, and can be limited to events since a given time', async () => {
    await subscribe(kit)
    const since = Math.floor(kit.control.now().getTime() / 1000)
    const all: string[] = []
    for await (const event of kit.stripe.events.list({ created: { gte: since }, limit: 3 }))
      all.push(event.id)
    expect(all).toEqual(
      kit.control
        .events()
        .map(({ id }) => id)
        .reverse(),
    )
    expect((await kit.stripe.events.list({ created: { gt: since } })).data).toEqual([])
  })

  it('includes undelivered events and can be filtered by delivery', async () => {
    kit.control.setFaults({ drop: ['customer.created'] })
    await kit.stripe.customers.create({ name: 'lost' })
    await kit.stripe.products.create({ name: 'arrived' })
    await kit.control.deliverPending()
    const { data } = await kit.stripe.events.list({ delivery_success: false })
    expect(data.map(({ type }) => type)).toEqual(['customer.created'])
    expect((await kit.stripe.events.list({ types: ['product.created'] })).data).toHaveLength(3)
  })

  it('omits events older than 30 days', async () => {
    const [event] = kit.control.events()
    await kit.control.advanceTo('2026-03-02T09:59:59Z')
    expect((await kit.stripe.events.list()).data).not.toEqual([])
    await kit.control.advanceTo('2026-03-02T10:00:01Z')
    expect((await kit.stripe.events.list()).data).toEqual([])
    await expect(kit.stripe.events.retrieve(event?.id ?? '')).rejects.toMatchObject({ statusCode: 404 })
  })

  it('omits events lost by the `lose` fault', async () => {
    kit.control.setFaults({ lose: 'all' })
    const { id } = await kit.stripe.customers.create({ name: 'unheard' })
    expect(kit.control.pendingEvents()).toEqual([])
    expect(kit.control.droppedEvents()).toEqual([])
    const { data } = await kit.stripe.events.list({ type: 'customer.created' })
    expect(data.map(({ data }) => 'id' in data.object && data.object.id)).not.toContain(id)
    expect(await kit.stripe.customers.retrieve(id)).toMatchObject({ name: 'unheard' })
  })
})

describe('an API that hangs', () => {
  it('answers after the configured seconds', async () => {
    kit.control.setFaults({ api: { kind: 'timeout', seconds: 0.02 } })
    const before = performance.now()
    expect(await kit.stripe.customers.retrieve(kit.customer.id)).toMatchObject({ id: kit.customer.id })
    expect(performance.now() - before).toBeGreaterThan(15)
  })

  it('does nothing for a caller that has disconnected', async () => {
    kit.control.setFaults({ api: { kind: 'timeout', seconds: 60 } })
    const options = { timeout: 20, maxNetworkRetries: 0 }
    await expect(kit.stripe.customers.create({ name: 'late' }, options)).rejects.toMatchObject({
      type: 'StripeConnectionError',
    })
    kit.control.resetFaults()
    expect(kit.control.events('customer.created')).toHaveLength(1)
  })

  it('can be limited to some paths', async () => {
    kit.control.setFaults({
      api: { kind: 'error', status: 500, times: null, applied: false, paths: ['/v1/invoices'] },
    })
    await expect(kit.stripe.invoices.list()).rejects.toMatchObject({ statusCode: 500 })
    expect((await kit.stripe.subscriptions.list()).data).toEqual([])
  })
})
