import type { RunningStripeSandbox } from '@ai-credits/stripe-sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { withStripe } from '@/lib/billing/stripe-client'
import { freePlan, lowestSold } from '@/lib/catalog'
import { currentCatalog } from '@/lib/catalogs/current'
import { clock } from './clock.test-support'
import { type Api, listOf, MOUNTS, openApi } from './contract.test-support'
import { openStripe } from './stripe.test-support'

const DOWN = { kind: 'error', status: 503, times: null, applied: false } as const
const PAID = lowestSold(currentCatalog()).key

describe.each(MOUNTS)('buying on the %s', (mount) => {
  let api: Api
  let sandbox: RunningStripeSandbox
  beforeAll(async () => {
    api = await openApi(mount)
    sandbox = await openStripe(api)
    await syncCatalog(currentCatalog())
    const creator = await api.newUser()
    const app = await api.newApp(creator.accountId)
    await api.pool.query('update apps set origins = $2 where slug = $1', [
      app.slug,
      ['https://trips.example'],
    ])
  })
  afterAll(async () => {
    await sandbox.close()
    await api.close()
  })
  beforeEach(() => void sandbox.control.resetFaults())

  /** The headers of the user's own browser. */
  async function signedIn() {
    const user = await api.newUser()
    return { ...user, as: { as: 'nobody' as const, headers: await api.signIn(user.accountId) } }
  }
  /** Pays on the page that was opened. */
  async function pay(url: unknown, outcome = 'card'): Promise<void> {
    const body = new URLSearchParams({ email: 'ada@example.com', outcome })
    expect((await fetch(String(url), { method: 'POST', body, redirect: 'manual' })).status).toBe(303)
    await sandbox.control.deliverPending()
  }

  it('opens a page for a pack; once paid, the credits are granted and the invoice is listed', async () => {
    const { id } = await api.newUser()
    const opened = await api.post('/checkout', {
      user: id,
      pack: 'small',
      returnTo: 'https://trips.example/chat',
    })
    expect(opened.status).toBe(201)
    await pay(opened.body.url)
    expect(await api.available(id)).toBe(3_000)
    const { status, body } = await api.get(`/invoices?user=${id}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      data: [{ status: 'paid', amount: 600, currency: 'usd', description: expect.stringContaining('Small') }],
      nextCursor: null,
    })
    const [invoice] = listOf(body.data)
    for (const link of [invoice?.url, invoice?.pdfUrl]) expect((await fetch(String(link))).status).toBe(200)
  })

  it('opens the same page for the paid plan for the operator and for the user', async () => {
    const { id, as } = await signedIn()
    const [one, two] = await Promise.all([1, 2].map(() => api.post('/checkout', { plan: PAID }, as)))
    expect([one, two]).toMatchObject([{ status: 201 }, { status: 201 }])
    expect(two?.body.url).toBe(one?.body.url)
    await pay(one?.body.url)
    expect(await api.available(id)).toBe(10_000)
    const again = await api.post('/checkout', { plan: PAID }, as)
    expect(again).toMatchObject({ status: 422, body: { errors: [{ path: 'plan' }] } })
  })

  it.each<[string, object, string]>([
    ['an unknown pack', { pack: 'gone' }, 'pack'],
    ['both a plan and a pack', { plan: PAID, pack: 'small' }, 'plan'],
    ['neither', {}, 'plan'],
    ['a plan that is not sold', { plan: freePlan(currentCatalog()).key }, 'plan'],
    ['a place elsewhere', { pack: 'small', returnTo: 'https://elsewhere.example/' }, 'returnTo'],
    ['a quantity of their own', { pack: 'small', quantity: 3 }, ''],
  ])('refuses %s with 422 and starts no checkout', async (_what, wanted, path) => {
    const { id, accountId } = await api.newUser()
    const { status, body } = await api.post('/checkout', { user: id, ...wanted })
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'invalid_request', errors: [path === '' ? {} : { path }] })
    const { rows } = await api.pool.query('select 1 from customers where account_id = $1', [accountId])
    expect(rows).toEqual([])
  })

  it('is refused for another user and without credentials', async () => {
    const [one, other] = [await signedIn(), await api.newUser()]
    const wanted = { user: other.id, pack: 'small' }
    expect((await api.post('/checkout', wanted, one.as)).status).toBe(404)
    expect((await api.post('/billing/portal', { user: other.id }, one.as)).status).toBe(404)
    expect((await api.get(`/invoices?user=${other.id}`, one.as)).status).toBe(404)
    expect((await api.post('/checkout', wanted, { as: 'nobody' })).status).toBe(401)
    expect((await api.post('/checkout', { pack: 'small', user: 'usr_unknown' })).status).toBe(404)
    expect((await api.post('/checkout', { pack: 'small' })).status).toBe(422)
  })

  it('answers 503 with Retry-After while Stripe is down, after which the same request works', async () => {
    const { id } = await api.newUser()
    await api.post('/billing/portal', { user: id })
    sandbox.control.setFaults({ api: DOWN })
    const calls = await Promise.all([
      api.post('/checkout', { user: id, pack: 'small' }, { key: 'down' }),
      api.post('/billing/portal', { user: id }),
      api.get(`/invoices?user=${id}`),
    ])
    for (const { status, body, headers } of calls) {
      expect(status).toBe(503)
      expect(body.detail).toContain('Nothing was bought or changed')
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
    sandbox.control.resetFaults()
    expect((await api.post('/checkout', { user: id, pack: 'small' }, { key: 'down' })).status).toBe(201)
  })

  it('opens the customer portal, even before a first purchase, and returns only to allowed pages', async () => {
    const { as } = await signedIn()
    const plain = await api.post('/billing/portal', undefined, as)
    expect(plain.status).toBe(201)
    expect((await fetch(String(plain.body.url))).status).toBe(200)
    const back = await api.post('/billing/portal', { returnTo: 'https://trips.example/chat' }, as)
    expect(await (await fetch(String(back.body.url))).text()).toContain('https://trips.example/chat')
    const elsewhere = await api.post('/billing/portal', { returnTo: '//elsewhere.example' }, as)
    expect(elsewhere).toMatchObject({ status: 422, body: { errors: [{ path: 'returnTo' }] } })
  })

  it('lists invoices in pages, newest first, and none before a first purchase', async () => {
    const { id } = await api.newUser()
    expect(await api.get(`/invoices?user=${id}`)).toMatchObject({
      status: 200,
      body: { data: [], nextCursor: null },
    })
    for (const pack of ['small', 'medium', 'large'])
      await pay((await api.post('/checkout', { user: id, pack })).body.url)
    const seen: unknown[] = []
    let cursor: unknown = ''
    for (let page = 0; page < 3; page += 1) {
      const { body } = await api.get(`/invoices?user=${id}&limit=1${cursor ? `&cursor=${cursor}` : ''}`)
      seen.push(...listOf(body.data).map(({ amount }) => amount))
      cursor = body.nextCursor
    }
    expect(seen).toEqual([5_000, 1_400, 600])
    expect(cursor).toBeNull()
    for (const wrong of ['in_unknown', 'whatever', '%00'])
      expect((await api.get(`/invoices?user=${id}&cursor=${wrong}`)).status).toBe(422)
    const stranger = await api.newUser()
    await pay((await api.post('/checkout', { user: stranger.id, pack: 'small' })).body.url)
    expect(listOf((await api.get(`/invoices?user=${stranger.id}`)).body.data)).toHaveLength(1)
  })

  it('lists a pending payment as pending, and the refunded part of an invoice', async () => {
    const { id } = await api.newUser()
    const invoices = async () => listOf((await api.get(`/invoices?user=${id}`)).body.data)
    await pay((await api.post('/checkout', { user: id, plan: PAID })).body.url, 'bank_succeeds')
    expect(await invoices()).toMatchObject([{ status: 'open', processing: true, refunded: 0 }])
    clock.advance(5 * 60_000)
    await sandbox.control.deliverPending()
    expect(await invoices()).toMatchObject([{ status: 'paid', processing: false, refunded: 0 }])
    const [payment] = (await withStripe((stripe) => stripe.paymentIntents.list({ limit: 1 }))).data
    sandbox.control.refund({ paymentIntent: payment?.id ?? '' }, 500)
    expect(await invoices()).toMatchObject([{ status: 'paid', processing: false, refunded: 500 }])
  })

  it('creates portal links only for the operator’s server', async () => {
    const { id, as } = await signedIn()
    const link = await api.post('/portal-links', { user: id, page: 'billing', returnTo: '/pricing' })
    expect(link.status).toBe(201)
    expect(link.body.url).toMatch(/\/portal\/[\w-]{43}$/)
    expect(Date.parse(String(link.body.expiresAt)) - clock.now().getTime()).toBe(5 * 60_000)
    expect((await api.post('/portal-links', { user: id, page: 'billing' }, as)).status).toBe(403)
    expect((await api.post('/portal-links', { user: id, page: 'billing' }, { as: 'nobody' })).status).toBe(
      401,
    )
    expect((await api.post('/portal-links', { user: 'usr_unknown', page: 'billing' })).status).toBe(404)
    for (const wrong of [{ page: 'admin' }, { page: 'billing', returnTo: 'https://elsewhere.example/' }, {}])
      expect((await api.post('/portal-links', { user: id, ...wrong })).status).toBe(422)
  })

  it('offers in a refusal the pack that makes the same request succeed', async () => {
    const { id } = await api.newUser()
    const use = { user: id, operation: 'web.extract', usage: { pages: 150 } }
    const refused = await api.post('/charges', use, { key: `refused ${id}` })
    expect(refused.status).toBe(402)
    const options = listOf(refused.body.options)
    expect(options).toContainEqual(
      expect.objectContaining({ kind: 'pack', href: expect.stringContaining('pack=small') }),
    )
    await pay((await api.post('/checkout', { user: id, pack: 'small' })).body.url)
    expect((await api.post('/charges', use, { key: `refused ${id}` })).status).toBe(201)
  })
})
