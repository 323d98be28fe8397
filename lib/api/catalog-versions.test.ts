import type { RunningStripeSandbox } from '@ai-credits/stripe-sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setStripeEndpoint, withStripe } from '@/lib/billing/stripe-client'
import type { CatalogDocument } from '@/lib/catalog/document'
import { testDocument } from '@/lib/catalog/two-versions.test-support'
import { openCatalogs } from '@/lib/catalogs/follow'
import { knowDefault } from '@/lib/catalogs/keep-default'
import { DAY_MS, MINUTE_MS } from '@/lib/clock'
import { getPool } from '@/lib/db/pool'
import { clock } from './clock.test-support'
import { type Api, linesOf, listOf, MOUNTS, openApi } from './contract.test-support'
import { openStripe } from './stripe.test-support'

/** The tests' document with pages at 12 credits, for which the provider charges 2 cents. */
function dearer(): CatalogDocument {
  const document = testDocument()
  for (const { key, rates = {} } of document.operations)
    if (key === 'web.extract' && rates.pages) Object.assign(rates.pages, { amount: 12, cost: 2 })
  return document
}

const later = (days: number) => new Date(clock.now().getTime() + days * DAY_MS).toISOString()
describe.each(MOUNTS)('versions of the catalogue on the %s', (mount) => {
  let api: Api
  let sandbox: RunningStripeSandbox
  beforeAll(async () => {
    api = await openApi(mount)
    await openCatalogs(getPool())
    sandbox = await openStripe(api)
  })
  afterAll(async () => {
    knowDefault()
    await sandbox.close()
    await api.close()
  })
  const remove = (path: string) => api.request('DELETE', `/api/v1${path}`, undefined)

  const draft = async (document: object = dearer()): Promise<string> => {
    const { status, body } = await api.post('/catalog/versions', { document })
    expect(status).toBe(201)
    return `/catalog/versions/${String(body.version)}`
  }
  const refusal = (path: string) => ({
    status: 422,
    body: { code: 'invalid_request', errors: [{ path, message: expect.stringMatching(/\w/) }] },
  })

  it('a draft is stored, read with its costs, changed, and deleted', async () => {
    const path = await draft()
    const read = await api.get(path)
    expect(read.body).toMatchObject({ state: 'draft', effectiveFrom: null, revision: 1, document: dearer() })
    const { document: _document, ...summary } = read.body
    expect(listOf((await api.get('/catalog/versions')).body.data)).toContainEqual(summary)
    const changed = await api.put(path, { document: testDocument(), revision: 1 })
    expect(changed).toMatchObject({ status: 200, body: { revision: 2, document: testDocument() } })
    expect((await remove(path)).status).toBe(204)
    expect((await api.get(path)).status).toBe(404)
  })

  it('the catalogue in effect is public, without costs and drafts', async () => {
    const path = await draft()
    const { body } = await api.get('/catalog', { as: 'nobody' })
    expect(body).toMatchObject({ version: 1, state: 'effective' })
    expect(JSON.stringify(body)).not.toContain('"cost"')
    await remove(path)
  })

  it('of two people who change one draft, the second is refused and overwrites nothing', async () => {
    const path = await draft()
    await api.put(path, { document: testDocument(), revision: 1 })
    const second = await api.put(path, { document: dearer(), revision: 1 })
    expect(second).toMatchObject({ status: 409, body: { code: 'edit_conflict', revision: 2 } })
    expect((await api.get(path)).body).toMatchObject({ revision: 2, document: testDocument() })
    await remove(path)
  })

  it('a refused document names the path of its field and leaves the draft as it was', async () => {
    const path = await draft()
    const wrong = dearer()
    for (const { key, rates = {} } of wrong.operations)
      if (key === 'web.extract' && rates.pages) rates.pages.amount = -1
    const place = wrong.operations.findIndex(({ key }) => key === 'web.extract')
    const field = `document.operations[${place}].rates.pages.amount`
    expect(await api.put(path, { document: wrong })).toMatchObject(refusal(field))
    expect(await api.post('/catalog/versions', { document: wrong })).toMatchObject(refusal(field))
    const large = { ...dearer(), brand: { name: 'x'.repeat(300 * 1024) } }
    expect(await api.put(path, { document: large })).toMatchObject(refusal('document'))
    expect((await api.get(path)).body).toMatchObject({ revision: 1, document: dearer() })
    await remove(path)
  })

  it('a draft can only be scheduled ahead, cannot be changed while it is scheduled, and is a draft again once it is withdrawn', async () => {
    const path = await draft()
    const soon = { effectiveFrom: new Date(clock.now().getTime() + 9 * MINUTE_MS).toISOString() }
    expect(await api.post(`${path}/schedule`, soon)).toMatchObject(refusal('effectiveFrom'))
    const effectiveFrom = later(40)
    const scheduled = await api.post(`${path}/schedule`, { effectiveFrom })
    expect(scheduled).toMatchObject({ status: 200, body: { state: 'scheduled', effectiveFrom } })
    expect((await api.get('/operations', { as: 'nobody' })).body.upcoming).toMatchObject({
      effectiveAt: effectiveFrom,
    })
    expect(await api.put(path, { document: testDocument() })).toMatchObject(refusal('version'))
    expect(await remove(path)).toMatchObject(refusal('version'))
    const other = await draft()
    expect(await api.post(`${other}/schedule`, { effectiveFrom })).toMatchObject(refusal('effectiveFrom'))
    await remove(other)
    expect(await api.post(`${path}/withdraw`, undefined)).toMatchObject({
      status: 200,
      body: { state: 'draft', effectiveFrom: null, document: dearer() },
    })
    expect(await api.post(`${path}/withdraw`, undefined)).toMatchObject(refusal('version'))
    expect((await api.get('/operations', { as: 'nobody' })).body.upcoming).toBeNull()
    await remove(path)
  })

  it('a simulation streams its progress and ends with what the version would have done', async () => {
    const { id: user } = await api.newUser()
    for (const pages of [10, 20, 85])
      await api.post('/charges', { user, operation: 'web.extract', usage: { pages } })
    clock.advance(MINUTE_MS)
    const path = await draft()
    const answer = await api.post(`${path}/simulate`, { from: later(-1), to: clock.now().toISOString() })
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = linesOf(answer)
    expect(lines[0]).toEqual({ progress: { charges: 0, of: 3 } })
    // The Free allowance has 1,000 credits: the last use would have needed 1,020 in addition to 360.
    expect(lines.at(-1)?.result).toMatchObject({
      total: {
        charges: 3,
        refused: 1,
        unpriced: { charges: 0, credits: 0 },
        credits: { before: 920, after: 360 },
      },
      operations: [{ key: 'web.extract', credits: { before: 920, after: 360 } }],
      plans: [{ key: 'free', refused: 1 }],
      ranOut: { accounts: 1, first: [{ user }] },
      revenue: [],
      cost: { before: 230, after: 60 },
      margin: { before: -230, after: -60 },
    })
    await remove(path)
  })

  it('while a simulation runs, another one is refused, until the client of the first disconnects', async () => {
    const headers = { authorization: `Bearer ${api.secret}`, 'content-type': 'application/json' }
    const send = () =>
      api.send('/api/v1/catalog/versions/1/simulate', { method: 'POST', headers, body: '{}' })
    const left = await send()
    expect(left.status).toBe(200)
    expect((await send()).status).toBe(429)
    await left.body?.cancel()
    const next = async () => {
      const { status, body } = await send()
      await body?.cancel()
      return status
    }
    await expect.poll(next).toBe(200)
  })

  it('a simulation is refused for a range that is empty or not over, and for an unknown version', async () => {
    const simulate = (body: object, path = '/catalog/versions/1') => api.post(`${path}/simulate`, body)
    expect(await simulate({ from: later(-1), to: later(-2) })).toMatchObject(refusal('from'))
    expect(await simulate({ to: later(1) })).toMatchObject(refusal('to'))
    expect((await simulate({}, '/catalog/versions/999')).status).toBe(404)
    expect((await simulate({}, '/catalog/versions/x')).status).toBe(404)
  })

  it('scheduling creates the prices in Stripe; a version whose prices cannot be created stays a draft', async () => {
    const document = testDocument()
    for (const pack of document.packs) if (pack.key === 'small') pack.prices = { usd: 700 }
    const path = await draft(document)
    const effectiveFrom = later(40)
    const { secretKey, webhookSecret, url: apiUrl } = sandbox
    setStripeEndpoint({ secretKey, webhookSecret, apiUrl: 'http://127.0.0.1:9' })
    const refused = await api.post(`${path}/schedule`, { effectiveFrom })
    expect(refused).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('Payments cannot be reached') },
    })
    expect((await api.get(path)).body).toMatchObject({ state: 'draft', revision: 1, document })
    setStripeEndpoint({ secretKey, webhookSecret, apiUrl })
    expect((await api.post(`${path}/schedule`, { effectiveFrom })).status).toBe(200)
    const lookup_keys = [`ai_credits_pack_small_v${path.split('/').at(-1)}`]
    const { data } = await withStripe((stripe) => stripe.prices.list({ lookup_keys }))
    expect(data).toMatchObject([{ unit_amount: 700, active: true }])
    await api.post(`${path}/withdraw`, undefined)
    await remove(path)
  }, 60_000)
})
