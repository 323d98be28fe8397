import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY_MS } from '@/lib/clock'
import { clock } from './clock.test-support'
import { type Api, listOf, openApi, SHARED_MOUNTS } from './contract.test-support'

const pages = (count: number) => ({ operation: 'web.extract', usage: { pages: count } })

describe.each(SHARED_MOUNTS)('rewards on the %s', (mount) => {
  let api: Api
  beforeAll(async () => {
    api = await openApi(mount)
  })
  afterAll(() => api.close())

  async function newCreator() {
    const creator = await api.newUser()
    const app = await api.newApp(creator.accountId)
    return { ...creator, app, as: { as: 'nobody' as const, headers: await api.signIn(creator.accountId) } }
  }
  async function use(app: string, count: number, user?: string) {
    const { body } = await api.post('/charges', {
      user: user ?? (await api.newUser()).id,
      app,
      ...pages(count),
    })
    return body
  }

  it('are shown by app and day, hiding uses and operations that have few payers', async () => {
    const creator = await newCreator()
    const second = await api.newApp(creator.accountId)
    for (let payer = 0; payer < 4; payer++) await use(creator.app.id, 10)
    // The creator's own use earns nothing and does not count as a payer.
    await use(creator.app.id, 10, creator.id)
    await use(second.id, 5)
    const few = await api.get('/rewards', creator.as)
    const today = clock.now().toISOString().slice(0, 10)
    expect(few).toMatchObject({
      status: 200,
      body: {
        balance: 36,
        onHold: 0,
        owed: 0,
        earnedThisMonth: 36,
        earnedTotal: 36,
        reversed: 0,
        transferred: 0,
        byApp: [
          {
            app: creator.app.id,
            earned: 32,
            reversed: 0,
            onHold: 0,
            uses: null,
            paid: null,
            byOperation: null,
          },
          { app: second.id, earned: 4, uses: null, byOperation: null },
        ],
        byDay: [{ day: today, earned: 36, reversed: 0, onHold: 0 }],
      },
    })
    await use(creator.app.id, 10)
    const { body } = await api.get(`/rewards?user=${creator.externalId}&app=${creator.app.slug}`)
    expect(body.byApp).toEqual([
      {
        app: creator.app.id,
        earned: 40,
        reversed: 0,
        onHold: 0,
        uses: 5,
        paid: 440,
        byOperation: [{ operation: 'web.extract', earned: 40, reversed: 0, onHold: 0, uses: 5, paid: 440 }],
      },
    ])
    // Payers are counted over the requested period.
    clock.advance(DAY_MS)
    await use(creator.app.id, 1)
    const from = clock.now().toISOString().slice(0, 10)
    const tomorrow = await api.get(`/rewards?from=${from}T00:00:00Z`, creator.as)
    expect(listOf(tomorrow.body.byApp)).toMatchObject([{ app: creator.app.id, earned: 0.8, uses: null }])
    const before = await api.get(`/rewards?from=${today}T00:00:00Z&to=${from}T00:00:00Z`, creator.as)
    expect(listOf(before.body.byDay)).toEqual([{ day: today, earned: 44, reversed: 0, onHold: 0 }])
  })

  it('name an operation once five people have paid for it, and merge the others', async () => {
    const creator = await newCreator()
    const payers: string[] = []
    for (let payer = 0; payer < 5; payer++) payers.push((await api.newUser()).id)
    const listed = async () => {
      const { body } = await api.get(`/rewards?app=${creator.app.id}`, creator.as)
      return listOf(body.byApp)[0]
    }
    const speak = async (user = '') =>
      api.post('/charges', {
        user,
        app: creator.app.id,
        operation: 'speech.tts',
        usage: { characters: 1_000 },
      })
    const ask = async (user = '') =>
      api.post('/charges', { user, app: creator.app.id, operation: 'ai.standard', usage: {} })

    for (const payer of payers) await use(creator.app.id, 10, payer)
    for (const payer of payers.slice(0, 2)) await speak(payer)
    // 2 of the 5 readers also used speech: naming one operation would reveal the other.
    const all = { operation: 'other', earned: 42, reversed: 0, onHold: 0, uses: 7, paid: 462 }
    expect(await listed()).toMatchObject({ uses: 7, paid: 462, byOperation: [all] })

    for (const payer of payers) await ask(payer)
    expect(await listed()).toMatchObject({
      uses: 12,
      paid: 473,
      byOperation: [
        { operation: 'web.extract', earned: 40, uses: 5, paid: 440 },
        { operation: 'other', earned: 3, uses: 7, paid: 33 },
      ],
    })
    for (const payer of payers.slice(2)) await speak(payer)
    expect(await listed()).toMatchObject({
      byOperation: [{ operation: 'web.extract' }, { operation: 'speech.tts' }, { operation: 'ai.standard' }],
    })
  })

  it('do not count a person as a payer once all of their charge is refunded', async () => {
    const creator = await newCreator()
    const charges: Awaited<ReturnType<typeof use>>[] = []
    for (let payer = 0; payer < 5; payer++) charges.push(await use(creator.app.id, 10))
    const usesTold = async () => listOf((await api.get('/rewards', creator.as)).body.byApp)[0]
    expect(await usesTold()).toMatchObject({ uses: 5 })
    const give = (amount: number) =>
      api.post(`/charges/${charges[0]?.id}/refund`, { reason: 'broken', amount })
    await give(87)
    expect(await usesTold()).toMatchObject({ uses: 5 })
    await give(1)
    expect(await usesTold()).toMatchObject({ uses: null, paid: null, byOperation: null })
  })

  it('never reveal an app’s users, whatever they attach to their charges', async () => {
    const creator = await newCreator()
    const payer = await api.newUser()
    await api.post('/charges', {
      user: payer.id,
      app: creator.app.id,
      reference: 'private-reference',
      metadata: { note: 'private-note' },
      ...pages(1),
    })
    const { text } = await api.get('/rewards', creator.as)
    for (const secret of [payer.id, payer.externalId, 'private-reference', 'private-note'])
      expect(text).not.toContain(secret)
  })

  it("hide other creators' rewards and apps", async () => {
    const creator = await newCreator()
    const other = await newCreator()
    expect((await api.get(`/rewards?user=${creator.id}`, other.as)).status).toBe(404)
    expect((await api.get(`/rewards?app=${creator.app.id}`, other.as)).status).toBe(404)
    expect(await api.post('/rewards/transfer', { user: creator.id, amount: 1 }, other.as)).toMatchObject({
      status: 404,
    })
  })

  it('can be moved to spendable credits once per key, never beyond the balance', async () => {
    const creator = await newCreator()
    const charge = await use(creator.app.id, 100)
    const tooMuch = await api.post('/rewards/transfer', { amount: 80.001 }, creator.as)
    expect(tooMuch).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'amount', message: expect.any(String) }] },
    })
    const key = { ...creator.as, key: 'move' }
    const moved = await api.post('/rewards/transfer', { amount: 50.5 }, key)
    expect(moved).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^trf_/),
        user: creator.id,
        amount: 50.5,
        grant: expect.stringMatching(/^grt_/),
        balance: 29.5,
        createdAt: clock.now().toISOString(),
      },
    })
    const again = await api.post('/rewards/transfer', { amount: 50.5 }, key)
    expect(again.text).toBe(moved.text)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const conflict = await api.post('/rewards/transfer', { amount: 1 }, key)
    expect(conflict).toMatchObject({ status: 409, body: { existing: moved.body.id } })
    expect((await api.get('/balance', creator.as)).body).toMatchObject({
      available: 1_050.5,
      moved: { remaining: 50.5 },
      rewards: { balance: 29.5, onHold: 0, owed: 0 },
    })
    expect((await api.post('/rewards/transfer', { user: creator.id, amount: 29.5 })).status).toBe(201)
    // Moved rewards are spent like any other credits, and a later refund makes the creator owe.
    expect((await api.post('/charges', { user: creator.id, ...pages(134) })).status).toBe(201)
    await api.post(`/charges/${charge.id}/refund`, { reason: 'broken' })
    expect((await api.get('/rewards', creator.as)).body).toMatchObject({
      balance: 0,
      owed: 80,
      earnedTotal: 80,
      reversed: 80,
      transferred: 80,
    })
    for (const count of [100, 25]) await use(creator.app.id, count)
    expect((await api.get('/rewards', creator.as)).body).toMatchObject({ balance: 20, owed: 0 })
  })
})
