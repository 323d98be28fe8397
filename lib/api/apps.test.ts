import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ORIGIN } from './connect.test-support'
import { type Api, listOf, openApi, SHARED_MOUNTS } from './contract.test-support'

const page = { operation: 'web.extract', usage: { pages: 1 } }

describe.each(SHARED_MOUNTS)('apps on the %s', (mount) => {
  let api: Api
  let creator: Awaited<ReturnType<Api['newUser']>>
  let stranger: typeof creator
  let asCreator: { as: 'nobody'; headers: Record<string, string> }
  let asStranger: typeof asCreator
  beforeAll(async () => {
    api = await openApi(mount)
    creator = await api.newUser()
    stranger = await api.newUser()
    asCreator = { as: 'nobody', headers: await api.signIn(creator.accountId) }
    asStranger = { as: 'nobody', headers: await api.signIn(stranger.accountId) }
  })
  afterAll(() => api.close())

  const fieldsOf = (answer: { body: Record<string, unknown> }) =>
    listOf(answer.body.errors).map((error) => error.path)

  it('can be registered by a signed-in user, or with a secret key for a user', async () => {
    const own = await api.post('/apps', { name: 'Trip Planner', visibility: 'public' }, asCreator)
    expect(own).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^app_[0-9a-f]{32}$/),
        creator: creator.id,
        name: 'Trip Planner',
        slug: 'trip-planner',
        externalId: null,
        visibility: 'public',
        origins: [],
        createdAt: '2026-11-10T12:00:00.000Z',
      },
    })
    const made = await api.post('/apps', {
      user: creator.externalId,
      name: 'Atlas',
      slug: 'atlas-1',
      externalId: 'ext-1',
      visibility: 'unlisted',
      origins: [ORIGIN],
    })
    expect(made.body).toMatchObject({ creator: creator.id, slug: 'atlas-1', externalId: 'ext-1' })
    const { body } = await api.get('/apps', asCreator)
    expect(body).toEqual({ data: [made.body, own.body], nextCursor: null })
    expect((await api.get(`/apps?user=${creator.externalId}`)).body).toEqual(body)
  })

  it('are listed in pages, newest first', async () => {
    const { externalId } = await api.newUser()
    const names: string[] = []
    for (const name of ['one', 'two', 'three'])
      await api.post('/apps', { user: externalId, name, visibility: 'private' })
    for (let query = ''; names.length < 9; ) {
      const { body } = await api.get(`/apps?user=${externalId}&limit=1${query}`)
      names.push(...listOf(body.data).map((app) => String(app.name)))
      if (body.nextCursor === null) break
      query = `&cursor=${body.nextCursor}`
    }
    expect(names).toEqual(['three', 'two', 'one'])
    expect((await api.get(`/apps?user=${externalId}&cursor=x`)).status).toBe(422)
  })

  it('are refused with a list of every invalid field', async () => {
    const make = (more: object) =>
      api.post('/apps', { user: creator.id, name: 'x', visibility: 'public', ...more })
    await make({ slug: 'taken', externalId: 'ext-taken' })
    expect(fieldsOf(await make({ slug: 'taken' }))).toEqual(['slug'])
    expect(fieldsOf(await make({ externalId: 'ext-taken' }))).toEqual(['externalId'])
    expect(fieldsOf(await make({ origins: ['https://a.example/path', 'javascript:alert(1)'] }))).toEqual([
      'origins.0',
      'origins.1',
    ])
    expect(fieldsOf(await make({ externalId: 'app_1', name: ' ' }))).toEqual(['name', 'externalId'])
    expect(fieldsOf(await make({ visibility: 'hidden' }))).toEqual(['visibility'])
    expect(await api.post('/apps', { user: 'nobody', name: 'x', visibility: 'public' })).toMatchObject({
      status: 404,
    })
  })

  it('can change their slug: the new one works and the old one is free immediately, in other processes within a second', async () => {
    const { body: app } = await api.post(
      '/apps',
      { name: 'Old', slug: 'old-name', visibility: 'public' },
      asCreator,
    )
    const charge = (named: string) => api.post('/charges', { user: stranger.id, app: named, ...page })
    expect((await charge('old-name')).body.app).toBe(app.id)
    const changed = await api.request(
      'PATCH',
      `/apps/${app.id}`,
      { slug: 'new-name', name: 'New', externalId: 'ext-new' },
      asCreator,
    )
    expect(changed).toMatchObject({
      status: 200,
      body: { ...app, slug: 'new-name', name: 'New', externalId: 'ext-new' },
    })
    const oldName = async () => (await charge('old-name')).status
    if (mount === 'two processes') await expect.poll(oldName).toBe(404)
    else expect(await oldName()).toBe(404)
    expect((await charge('new-name')).body.app).toBe(app.id)
    expect((await charge('ext-new')).body.app).toBe(app.id)
    const { body } = await api.request('PATCH', `/apps/${app.id}`, { externalId: null, origins: [ORIGIN] })
    expect(body).toMatchObject({ externalId: null, origins: [ORIGIN], slug: 'new-name' })
    expect(fieldsOf(await api.request('PATCH', `/apps/${app.id}`, { slug: 'taken' }))).toEqual(['slug'])
    expect(await api.request('PATCH', `/apps/${app.id}`, { name: 'Mine' }, asStranger)).toMatchObject({
      status: 404,
    })
  })

  it('are visible only to their creator while private', async () => {
    const { body: app } = await api.post('/apps', { name: 'Secret', visibility: 'private' }, asCreator)
    for (const refused of [
      await api.post('/quotes', { app: app.slug, ...page }, asStranger),
      await api.post(`/apps/${app.id}/tokens`, undefined, asStranger),
      await api.request('DELETE', `/apps/${app.id}/tokens`, undefined, asStranger),
      await api.get(`/apps/${app.slug}/budget`, asStranger),
      await api.put(`/apps/${app.slug}/budget`, { monthlyLimit: 5 }, asStranger),
    ])
      expect(refused).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect((await api.post('/quotes', { app: app.slug, ...page }, asCreator)).body).toMatchObject({
      premium: 0,
    })
    expect(await api.post(`/apps/${app.id}/tokens`, { user: stranger.id })).toMatchObject({ status: 403 })
    expect(await api.post(`/apps/${app.id}/tokens`, { user: creator.id })).toMatchObject({ status: 201 })
  })

  it('can still be limited and revoked by their users after becoming private', async () => {
    const { body: app } = await api.post('/apps', { name: 'Was public', visibility: 'public' }, asCreator)
    await api.post('/charges', { user: stranger.id, app: app.id, ...page })
    await api.request('PATCH', `/apps/${app.id}`, { visibility: 'private' }, asCreator)
    const paused = { monthlyLimit: null, paused: true }
    expect(await api.put(`/apps/${app.id}/budget`, paused, asStranger)).toMatchObject({
      status: 200,
      body: paused,
    })
    const revoked = await api.request('DELETE', `/apps/${app.id}/tokens`, undefined, asStranger)
    expect(revoked).toMatchObject({ status: 204, text: '' })
  })

  it('have a budget that can be set, read, reached, raised, paused and resumed', async () => {
    const { body: app } = await api.post('/apps', { name: 'Budgeted', visibility: 'public' }, asCreator)
    const payer = await api.newUser()
    const as = { as: 'nobody' as const, headers: await api.signIn(payer.accountId) }
    const path = `/apps/${app.slug}/budget`
    const untouched = {
      monthlyLimit: null,
      used: 0,
      held: 0,
      paused: false,
      resetsAt: '2026-12-10T00:00:00.000Z',
    }
    expect((await api.get(path, as)).body).toEqual(untouched)
    await api.post('/charges', { user: payer.id, app: app.id, ...page })
    expect((await api.put(path, { monthlyLimit: 20 }, as)).body).toEqual({
      ...untouched,
      monthlyLimit: 20,
      used: 8.8,
    })
    await api.post('/holds', { user: payer.id, app: app.id, ...page })
    expect((await api.get(`${path}?user=${payer.externalId}`)).body).toMatchObject({ used: 8.8, held: 8.8 })
    const quote = await api.post('/quotes', { user: payer.id, app: app.id, ...page })
    expect(quote.body).toMatchObject({ affordable: false, allowed: true })
    const stopped = await api.post('/charges', { user: payer.id, app: app.id, ...page })
    expect(stopped).toMatchObject({ status: 402, body: { code: 'budget_exceeded', budget: 20, used: 17.6 } })
    expect(stopped.body.options).toEqual([
      { kind: 'budget', label: expect.any(String), href: 'http://127.0.0.1:3000/settings/apps' },
      { kind: 'wait', label: expect.any(String) },
    ])
    await api.put(path, { user: payer.id, monthlyLimit: 100 })
    expect((await api.post('/charges', { user: payer.id, app: app.id, ...page })).status).toBe(201)
    await api.put(path, { monthlyLimit: 100, paused: true }, as)
    expect(await api.post('/charges', { user: payer.id, app: app.id, ...page })).toMatchObject({
      status: 403,
      body: { code: 'app_paused' },
    })
    await api.put(path, { monthlyLimit: null, paused: false }, as)
    expect((await api.post('/charges', { user: payer.id, app: app.id, ...page })).status).toBe(201)
    expect((await api.put(path, { monthlyLimit: 0 }, as)).status).toBe(422)
  })

  it('offer a larger budget, waiting or an upgrade only if that alone would help', async () => {
    const { body: app } = await api.post('/apps', { name: 'Offers', visibility: 'public' }, asCreator)
    const payer = await api.newUser()
    const limit = (monthlyLimit: number) =>
      api.put(`/apps/${app.id}/budget`, { user: payer.id, monthlyLimit })
    const kinds = async (use: object) => {
      const { body } = await api.post('/charges', { user: payer.id, app: app.id, ...use })
      return listOf(body.options).map((option) => option.kind)
    }
    await limit(10)
    // 2 pages cost 17.6: more than the budget, well within the balance.
    expect(await kinds({ operation: 'web.extract', usage: { pages: 2 } })).toEqual(['budget'])
    // 200 pages cost 1,760: only a larger budget would exceed the balance.
    expect(await kinds({ operation: 'web.extract', usage: { pages: 200 } })).toEqual([])
    // An advanced image costs 165, a standard one 55: after an upgrade, the budget would still refuse it.
    const image = { operation: 'image.advanced', usage: { images: 1 } }
    expect(await kinds(image)).toEqual([])
    await limit(60)
    expect(await kinds(image)).toEqual(['cheaper_operation'])
    await limit(170)
    expect(await kinds(image)).toEqual(['upgrade', 'cheaper_operation'])
  })
})
