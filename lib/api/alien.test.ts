import type { RunningStripeSandbox } from '@ai-credits/stripe-sandbox'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { withAlien } from '@/lib/catalog/alien.test-support'
import shipped from '@/lib/catalog/default.json'
import { currentCatalog, knowCatalogs } from '@/lib/catalogs/current'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { checkAllMonths } from '@/lib/operator/report-checks.test-support'
import { clock } from './clock.test-support'

// The processes of the other mounts would load the product's catalogue.
vi.hoisted(() => vi.stubEnv('CONTRACT_MOUNT', 'node server'))

import { type Api, listOf, openApi } from './contract.test-support'
import { openStripe } from './stripe.test-support'

knowCatalogs([withAlien()])

describe('a catalogue that has nothing in common with the shipped one', () => {
  let api: Api
  let sandbox: RunningStripeSandbox
  beforeAll(async () => {
    api = await openApi('node server')
    sandbox = await openStripe(api)
    await syncCatalog(currentCatalog())
  })
  afterAll(async () => {
    await sandbox.close()
    await api.close()
  })

  const charge = (user: string, operation: string, usage: object, more: object = {}) =>
    api.post('/charges', { user, operation, usage, ...more })
  const balance = async (user: string) => (await api.get(`/balance?user=${user}`)).body
  /** Moves the clocks of product and Stripe, and delivers the resulting events. */
  async function moveTo(instant: Date): Promise<void> {
    clock.moveTo(instant)
    sandbox.control.settle()
    while ((await sandbox.control.deliverPending()).length > 0);
  }
  async function buy(user: string, wanted: object): Promise<void> {
    const { status, body } = await api.post('/checkout', { user, ...wanted }, { key: null })
    expect(status).toBe(201)
    sandbox.control.payCheckout(/cs_\w+/.exec(String(body.url))?.[0] ?? '')
    while ((await sandbox.control.deliverPending()).length > 0);
  }

  it('shares no key with the shipped catalogue', () => {
    const keysOf = ({ operations, plans, packs, families, tiers, usageFields }: typeof shipped) =>
      [operations, plans, packs, families, tiers, usageFields].flat().map(({ key }) => key)
    const { document } = currentCatalog() as { document: typeof shipped }
    const known = new Set(keysOf(shipped))
    expect(keysOf(document).filter((key) => known.has(key))).toEqual([])
  })

  it('is published, and prices every operation at its own rates', async () => {
    const { body } = await api.get('/operations')
    expect(listOf(body.operations ?? body.data).map(({ key }) => key)).toEqual([
      'editor.arrange',
      'score.sketch',
      'score.master',
      'score.choir',
      'space.echo',
    ])
    const { id: user } = await api.newUser()
    const quote = async (operation: string, usage: object) =>
      (await api.post('/quotes', { user, operation, usage }, { key: null })).body
    expect(await quote('editor.arrange', { bars: 40 })).toMatchObject({ total: 20, allowed: true })
    expect(await quote('score.sketch', { bars: 16, repeatedBars: 4, choir: true })).toMatchObject({
      total: 43.4,
    })
    expect(await quote('score.master', { bars: 10 })).toMatchObject({ total: 120, allowed: false })
    expect(await quote('space.echo', { roomVolume: 62.55 })).toMatchObject({ total: 50.04 })
    const refused = await api.post(
      '/quotes',
      { user, operation: 'space.echo', usage: { roomVolume: 1.005 } },
      { key: null },
    )
    expect(refused.body).toMatchObject({ code: 'invalid_request', errors: [{ path: 'usage.roomVolume' }] })
  })

  it('meters a month: charges, holds, premium, refusals, a purchase, an upgrade, a refund and the reset', async () => {
    const { id: user } = await api.newUser()
    const creator = await api.newUser()
    const app = await api.newApp(creator.accountId)
    const begun = clock.now()
    expect(await balance(user)).toMatchObject({
      available: 300,
      plan: { key: 'listener', name: 'Listener' },
    })

    // In someone else's app a quarter goes to its creator.
    const echo = await charge(user, 'space.echo', { roomVolume: 100 }, { app: app.slug })
    expect(echo.body).toMatchObject({ base: 80, premium: 20, total: 100 })
    expect(listOf(echo.body.lines)).toMatchObject([
      { label: 'Room', quantity: 100, unitPlural: 'cubic metres', amount: 80 },
      { amount: 20 },
    ])
    expect((await api.get(`/rewards?user=${creator.id}`)).body).toMatchObject({ balance: 20 })

    const { body: hold } = await api.post('/holds', {
      user,
      operation: 'score.sketch',
      usage: { bars: 100, choir: true },
    })
    expect(hold).toMatchObject({ amount: 175 })
    const captured = await api.post(`/holds/${hold.id}/capture`, {
      usage: { bars: 60, repeatedBars: 20, choir: true },
    })
    expect(captured.body).toMatchObject({ total: 87 })

    // Not enough is left: every option offered comes from this catalogue.
    const short = await charge(user, 'space.echo', { roomVolume: 1_000 })
    expect(short).toMatchObject({ status: 402, body: { required: 800, available: 113 } })
    expect(listOf(short.body.options)).toMatchObject([
      { kind: 'upgrade', label: 'Upgrade to Player: 2,400 credits a month' },
      { kind: 'pack', label: 'Buy 800 credits for €3.90' },
    ])
    const closed = await charge(user, 'score.master', { bars: 10 })
    expect(closed).toMatchObject({ status: 403, body: { plan: 'band' } })
    expect(listOf(closed.body.options).map(({ kind }) => kind)).toEqual(['upgrade', 'cheaper_operation'])

    // The currency of the first purchase stays while the subscription is active.
    expect(
      (await api.post('/checkout', { user, plan: 'player', currency: 'usd' }, { key: null })).status,
    ).toBe(422)
    await buy(user, { plan: 'player', currency: 'kwd' })
    expect(await balance(user)).toMatchObject({ available: 2_400, plan: { key: 'player', status: 'active' } })
    expect(
      (await api.post('/checkout', { user, pack: 'encore', currency: 'jpy' }, { key: null })).status,
    ).toBe(422)
    await buy(user, { pack: 'encore' })
    const { body: invoices } = await api.get(`/invoices?user=${user}`)
    expect(listOf(invoices.data)).toMatchObject([
      { amount: 1_250, currency: 'kwd' },
      { amount: 2_500, currency: 'kwd' },
    ])

    const refund = await api.post(`/charges/${echo.body.id}/refund`, {
      reason: 'The wrong room.',
      amount: 50,
    })
    expect(refund).toMatchObject({ status: 201, body: { amount: 50 } })
    expect((await api.get(`/rewards?user=${creator.id}`)).body).toMatchObject({ balance: 10 })

    // The month is renewed, and the pack expires after its 90 days.
    const { allowance } = (await balance(user)) as { allowance: { resetsAt: string } }
    const bought = clock.now()
    await charge(user, 'editor.arrange', { bars: 400 })
    await moveTo(new Date(new Date(allowance.resetsAt).getTime() + 2 * HOUR_MS))
    const renewed = (await balance(user)) as { allowance: object; packs: object; available: number }
    expect(renewed).toMatchObject({ allowance: { limit: 2_400, used: 0 }, packs: { remaining: 800 } })
    await moveTo(new Date(bought.getTime() + 91 * DAY_MS))
    expect(await balance(user)).toMatchObject({ packs: { remaining: 0 } })

    const range = `from=${begun.toISOString()}&to=${clock.now().toISOString()}`
    const { body: usage } = await api.get(`/usage/summary?user=${user}&${range}`)
    expect(listOf(usage.byOperation).map(({ operation, total }) => [operation, total])).toEqual([
      ['editor.arrange', 200],
      ['score.sketch', 87],
      ['space.echo', 50],
    ])
    const { body: statement } = await api.get(`/statement?user=${user}&limit=100`)
    expect(listOf(statement.data).length).toBeGreaterThan(8)
  })

  it('grants a yearly plan’s credits each month, and lets the platform set any plan', async () => {
    const { id: user } = await api.newUser()
    await buy(user, { plan: 'band_year', currency: 'jpy' })
    expect(await balance(user)).toMatchObject({ available: 12_000, plan: { key: 'band_year' } })
    const set = await api.newUser()
    const changed = await api.put(`/users/${set.externalId}`, {
      email: `${set.externalId}@example.com`,
      plan: 'band',
    })
    expect(changed).toMatchObject({ status: 200, body: { plan: 'band' } })
    const begun = clock.now()
    await charge(user, 'score.master', { bars: 100 })
    expect(await balance(user)).toMatchObject({ available: 10_800 })
    await moveTo(new Date(begun.getTime() + 32 * DAY_MS))
    expect(await balance(user)).toMatchObject({ available: 12_000 })
    expect(await balance(set.id)).toMatchObject({ available: 12_000, plan: { key: 'band' } })
  })

  it('lets a person try a plan once: the trial’s credits are granted immediately, and the payment and the month’s credits follow at its end', async () => {
    const { body: catalog } = await api.get('/catalog')
    expect(JSON.stringify(catalog)).toContain('"trialDays":21,"trialCredits":600')
    const { id: user } = await api.newUser()
    const short = await charge(user, 'space.echo', { roomVolume: 700 })
    expect(short).toMatchObject({ status: 402, body: { required: 560, available: 300 } })
    const plans = listOf(short.body.options).filter(({ kind }) => kind === 'upgrade')
    expect(plans).toMatchObject([{ label: 'Upgrade to Player: 2,400 credits a month' }])
    const begun = clock.now()
    await buy(user, { plan: 'player_year', currency: 'eur' })
    const ends = new Date(begun.getTime() + 21 * DAY_MS)
    expect(await balance(user)).toMatchObject({
      available: 900,
      plan: { key: 'player_year', status: 'trialing', endsAt: null },
      allowance: { limit: 900, resetsAt: ends.toISOString(), carried: { remaining: 300 } },
    })
    await charge(user, 'space.echo', { roomVolume: 700 })
    await moveTo(new Date(ends.getTime() + 2 * HOUR_MS))
    expect(await balance(user)).toMatchObject({
      available: 2_400,
      plan: { key: 'player_year', status: 'active' },
    })
    const { body: invoices } = await api.get(`/invoices?user=${user}`)
    expect(listOf(invoices.data)).toMatchObject([{ amount: 7_900, currency: 'eur' }, { amount: 0 }])
  })

  it('leaves a clean ledger and a report that adds up in each currency', async () => {
    const { checks } = await auditLedger(api.pool, { now: clock.now() })
    expect(checks.filter(({ drifted }) => drifted > 0)).toEqual([])
    const reports = await checkAllMonths(api.ctx)
    const sold = reports.flatMap(({ moneyTotals }) => moneyTotals.map(({ currency }) => currency))
    expect([...new Set(sold)].sort()).toEqual(['eur', 'jpy', 'kwd'])
  })
})
