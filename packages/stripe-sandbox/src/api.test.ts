import Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { clientOf, createKit, type Kit, packCheckout } from './test-kit'

let kit: Kit
beforeEach(async () => {
  kit = await createKit()
})

async function refusal(call: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof Stripe.errors.StripeError) return error
  throw new Error('the call was not refused')
}

describe('customers', () => {
  it('can be created, read, updated, found by email and deleted', async () => {
    const made = await kit.stripe.customers.create({ email: 'bo@example.com', metadata: { a: '1', b: '2' } })
    const changed = await kit.stripe.customers.update(made.id, { name: 'Bo', metadata: { a: '', c: '3' } })
    expect(changed).toMatchObject({ id: made.id, name: 'Bo', metadata: { b: '2', c: '3' } })
    const found = await kit.stripe.customers.list({ email: 'bo@example.com' })
    expect(found.data.map(({ id }) => id)).toEqual([made.id])
    expect(await kit.stripe.customers.del(made.id)).toEqual({
      id: made.id,
      object: 'customer',
      deleted: true,
    })
    expect(await kit.stripe.customers.retrieve(made.id)).toMatchObject({ deleted: true })
  })

  it('are listed newest first, and the library iterates over all pages', async () => {
    for (let n = 0; n < 25; n += 1) await kit.stripe.customers.create({ email: `c${n}@example.com` })
    const first = await kit.stripe.customers.list({ limit: 10 })
    expect(first.has_more).toBe(true)
    expect(first.data[0]?.email).toBe('c24@example.com')
    const next = await kit.stripe.customers.list({ limit: 10, starting_after: first.data[9]?.id })
    expect(next.data[0]?.email).toBe('c14@example.com')
    const all: string[] = []
    for await (const customer of kit.stripe.customers.list({ limit: 7 })) all.push(customer.id)
    expect(new Set(all).size).toBe(26)
    expect(all).toHaveLength(26)
  })
})

describe('prices', () => {
  it('are found by lookup key, which moves only with transfer_lookup_key', async () => {
    const found = await kit.stripe.prices.list({ lookup_keys: ['pack_small', 'super_monthly'], active: true })
    expect(found.data.map(({ lookup_key }) => lookup_key).sort()).toEqual(['pack_small', 'super_monthly'])
    const again = {
      currency: 'usd',
      unit_amount: 700,
      product_data: { name: 'New' },
      lookup_key: 'pack_small',
    }
    expect(await refusal(kit.stripe.prices.create(again))).toMatchObject({
      param: 'lookup_key',
      statusCode: 400,
    })
    const moved = await kit.stripe.prices.create({ ...again, transfer_lookup_key: true })
    const now = await kit.stripe.prices.list({ lookup_keys: ['pack_small'], expand: ['data.product'] })
    expect(now.data.map(({ id }) => id)).toEqual([moved.id])
    expect(now.data[0]?.product).toMatchObject({ object: 'product', name: 'New' })
    expect(now.data[0]?.unit_amount_decimal?.toString()).toBe('700')
    expect((await kit.stripe.prices.retrieve(kit.pack.id)).lookup_key).toBeNull()
  })

  it('can be deactivated, and an inactive price cannot be bought', async () => {
    await kit.stripe.prices.update(kit.pack.id, { active: false })
    expect(await refusal(packCheckout(kit))).toMatchObject({ param: 'line_items[0][price]', statusCode: 400 })
  })
})

describe('refusals', () => {
  it('report a missing object in Stripe’s format', async () => {
    const error = await refusal(kit.stripe.customers.retrieve('cus_none'))
    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError)
    expect(error).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'id' })
    expect(error.requestId).toMatch(/^req_/)
    const param = await refusal(packCheckout(kit, { customer: 'cus_none' }))
    expect(param).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'customer' })
  })

  it('reject an unknown call', async () => {
    const unknown: Array<() => Promise<unknown>> = [
      () => kit.stripe.quotes.list(),
      () => kit.stripe.customers.search({ query: 'x' }),
      () => kit.stripe.payouts.create({ amount: 100, currency: 'usd' }),
      () => kit.stripe.rawRequest('POST', '/v1/nothing', {}),
    ]
    for (const call of unknown) {
      const error = await refusal(call())
      expect(error).toMatchObject({ statusCode: 404, type: 'StripeInvalidRequestError' })
      expect(error.message).toContain('sandbox does not support')
    }
  })

  it('name an unknown parameter, and the call changes nothing', async () => {
    const before = kit.control.events().length
    const error = await refusal(packCheckout(kit, { after_expiration: { recovery: { enabled: true } } }))
    expect(error).toMatchObject({ statusCode: 400, code: 'parameter_unknown', param: 'after_expiration' })
    expect(kit.control.events()).toHaveLength(before)
    expect((await kit.stripe.checkout.sessions.list()).data).toEqual([])
  })

  it('name a missing or malformed parameter', async () => {
    const { stripe } = kit
    const raw = (path: string, params: Record<string, string>) => stripe.rawRequest('POST', path, params)
    expect(await refusal(raw('/v1/checkout/sessions', {}))).toMatchObject({
      code: 'parameter_missing',
      param: 'mode',
    })
    expect(await refusal(raw('/v1/prices', { currency: 'usd', unit_amount: '1.5' }))).toMatchObject({
      code: 'parameter_invalid_integer',
      param: 'unit_amount',
    })
    expect(await refusal(stripe.customers.list({ limit: 101 }))).toMatchObject({ param: 'limit' })
    expect(await refusal(packCheckout(kit, { success_url: 'not a url' }))).toMatchObject({
      code: 'url_invalid',
    })
    expect(await refusal(packCheckout(kit, { line_items: [] }))).toMatchObject({ param: 'line_items' })
    expect(await refusal(packCheckout(kit, { mode: 'subscription' }))).toMatchObject({ statusCode: 400 })
  })

  it('reject a wrong API key or API version', async () => {
    expect(await refusal(clientOf(kit.sandbox, 'sk_test_wrong').customers.list())).toBeInstanceOf(
      Stripe.errors.StripeAuthenticationError,
    )
    const url = 'http://stripe.sandbox/v1/customers'
    const basic = `Basic ${Buffer.from(`${kit.sandbox.secretKey}:`).toString('base64')}`
    expect((await kit.sandbox.fetch(url, { headers: { authorization: basic } })).status).toBe(200)
    expect((await kit.sandbox.fetch(url)).status).toBe(401)
    const old = await refusal(kit.stripe.customers.list({}, { apiVersion: '2020-08-27' }))
    expect(old.message).toContain('API version')
  })
})

describe('idempotency keys', () => {
  it('return the first answer again and perform the call once', async () => {
    const options = { idempotencyKey: 'key-1' }
    const first = await kit.stripe.customers.create({ email: 'once@example.com' }, options)
    const again = await kit.stripe.customers.create({ email: 'once@example.com' }, options)
    expect(again.id).toBe(first.id)
    expect((await kit.stripe.customers.list({ email: 'once@example.com' })).data).toHaveLength(1)
    expect(kit.control.events('customer.created').at(-1)?.request?.idempotency_key).toBe('key-1')
  })

  it('refuse different parameters, and do not store the answers to invalid calls', async () => {
    const options = { idempotencyKey: 'key-2' }
    const bad = kit.stripe.refunds.create({ charge: 'ch_none' }, options)
    expect(await refusal(bad)).toMatchObject({ code: 'resource_missing' })
    await kit.stripe.customers.create({ email: 'a@example.com' }, options)
    const other = await refusal(kit.stripe.customers.create({ email: 'b@example.com' }, options))
    expect(other).toBeInstanceOf(Stripe.errors.StripeIdempotencyError)
    expect(other.statusCode).toBe(400)
  })
})

describe('expand[]', () => {
  it('includes omitted fields, at most four levels deep', async () => {
    const session = await packCheckout(kit)
    expect(session.line_items).toBeUndefined()
    const full = await kit.stripe.checkout.sessions.retrieve(session.id, {
      expand: ['customer', 'line_items.data.price.product'],
    })
    expect(full.customer).toMatchObject({ id: kit.customer.id, email: 'ada@example.com' })
    expect(full.line_items?.data[0]?.price?.product).toMatchObject({ name: '2,000 credits' })
    const lines = await kit.stripe.checkout.sessions.listLineItems(session.id)
    expect(lines.data).toMatchObject([{ amount_total: 600, quantity: 1, price: { id: kit.pack.id } }])
  })

  it('refuses a field that cannot be expanded', async () => {
    const error = await refusal(kit.stripe.customers.retrieve(kit.customer.id, { expand: ['email'] }))
    expect(error.message).toContain('cannot be expanded')
    const unknown = await refusal(kit.stripe.customers.retrieve(kit.customer.id, { expand: ['nothing'] }))
    expect(unknown.message).toContain('cannot be expanded')
  })
})

describe('webhook endpoints', () => {
  it('reveal their secret once and receive only the events they subscribe to', async () => {
    const made = await kit.stripe.webhookEndpoints.create({
      url: 'http://other.test/hooks',
      enabled_events: ['customer.deleted'],
    })
    expect(made.secret).toMatch(/^whsec_/)
    const listed = await kit.stripe.webhookEndpoints.list()
    expect(listed.data.find(({ id }) => id === made.id)?.secret).toBeUndefined()
    await kit.stripe.customers.create({ email: 'x@example.com' })
    expect(kit.control.pendingEvents().map(({ endpoint }) => endpoint)).toEqual(['http://app.test/hooks'])
    await kit.stripe.webhookEndpoints.del(made.id)
    expect((await kit.stripe.webhookEndpoints.list()).data).toHaveLength(1)
  })

  it('are recorded in the list of events', async () => {
    const events = await kit.stripe.events.list({ type: 'price.created' })
    expect(events.data).toHaveLength(2)
    const one = await kit.stripe.events.retrieve(events.data[0]?.id ?? '')
    expect(one).toMatchObject({ api_version: Stripe.API_VERSION, livemode: false, type: 'price.created' })
  })
})
