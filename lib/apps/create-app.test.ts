import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { newUuid, publicId } from '@/lib/ids'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import { createApp } from './create-app'
import { findApp, getApp } from './find-app'
import { updateApp } from './update-app'

let scenario: Scenario
let accountId: string
beforeAll(async () => {
  scenario = await createScenario()
  accountId = (await newAccount(scenario)).accountId
})
afterAll(() => scenario.close())

const create = (more: Partial<Parameters<typeof createApp>[1]> = {}) =>
  createApp(scenario.ctx, { accountId, name: 'Story Studio', visibility: 'public', ...more })

async function fieldsRefused(more: Parameters<typeof create>[0]): Promise<string[]> {
  const error = await create(more).catch((refusal: unknown) => refusal)
  return error instanceof InvalidRequest ? error.errors.map((problem) => problem.path) : [String(error)]
}

test('an app is found by its id, slug or external id', async () => {
  const app = await create({ name: 'Atlas', externalId: 'ext-atlas', origins: ['https://atlas.example'] })
  const ref = { id: app.id, creatorId: accountId, visibility: 'public' }
  for (const name of [publicId('app', app.id), 'atlas', 'ext-atlas'])
    expect(await findApp(scenario.ctx, name)).toEqual(ref)
})

test('concurrent requests look up their apps in one query', async () => {
  const apps = await Promise.all(
    [1, 2, 3].map((n) => create({ name: `Many ${n}`, externalId: `ext-many-${n}` })),
  )
  const names = apps.flatMap(({ id, slug, externalId }) => [publicId('app', id), slug, externalId ?? ''])
  const query = vi.spyOn(scenario.ctx.pool, 'query')
  const found = await Promise.allSettled(
    [...names, 'ext-none', 'a\0', 'a\udfff'].map((name) => findApp(scenario.ctx, name)),
  )
  expect(query).toHaveBeenCalledTimes(1)
  query.mockRestore()
  const ids = found.map((result) => (result.status === 'fulfilled' ? result.value.id : null))
  expect(ids).toEqual([...apps.flatMap(({ id }) => [id, id, id]), null, null, null])
})

test('an app’s slug is derived from its name and made unique', async () => {
  expect((await create({ name: 'Crème Brûlée №1!' })).slug).toBe('creme-brulee-no1')
  expect((await create({ name: '日本語' })).slug).toBe('app')
  const again = await create({ name: 'Crème Brûlée №1!' })
  expect(again.slug).toMatch(/^creme-brulee-no1-[2-9a-z]{5}$/)
  expect((await create({ name: `${'long '.repeat(19)}name` })).slug.length).toBeLessThanOrEqual(60)
})

test('ten apps created concurrently with the same name get ten slugs', async () => {
  const apps = await Promise.all(Array.from({ length: 10 }, () => create({ name: 'Same' })))
  expect(new Set(apps.map((app) => app.slug)).size).toBe(10)
})

test('an app cannot take another app’s slug or external id, and the refusal names the field', async () => {
  await create({ slug: 'taken', externalId: 'ext-taken' })
  expect(await fieldsRefused({ slug: 'taken' })).toEqual(['slug'])
  expect(await fieldsRefused({ externalId: 'ext-taken' })).toEqual(['externalId'])
})

test('an app cannot take another app’s slug as its external id, or vice versa', async () => {
  const victim = await create({ slug: 'its-slug', externalId: 'its-external-id' })
  expect(await fieldsRefused({ slug: 'its-external-id' })).toEqual(['slug'])
  expect(await fieldsRefused({ externalId: 'its-slug' })).toEqual(['externalId'])
  const thief = publicId('app', (await create({ slug: 'thief' })).id)
  for (const [path, change] of [
    ['slug', { slug: 'its-external-id' }],
    ['externalId', { externalId: 'its-slug' }],
  ] as const) {
    const refusal = updateApp(scenario.ctx, { app: thief, ...change })
    await expect(refusal).rejects.toMatchObject({ errors: [{ path }] })
  }
  for (const name of ['its-slug', 'its-external-id'])
    expect(await findApp(scenario.ctx, name)).toMatchObject({ id: victim.id })
})

test('an app can use the same word as slug and external id, and names it gives up become free', async () => {
  const app = await create({ slug: 'one-word', externalId: 'one-word' })
  await updateApp(scenario.ctx, { app: 'one-word', slug: 'other-word' })
  await updateApp(scenario.ctx, { app: 'one-word', slug: 'one-word', externalId: 'other-word' })
  expect(await findApp(scenario.ctx, 'other-word')).toMatchObject({ id: app.id })
  await updateApp(scenario.ctx, { app: 'one-word', externalId: null })
  expect(await create({ slug: 'other-word' })).toMatchObject({ slug: 'other-word' })
})

test('if two apps take a name concurrently, one as slug and one as external id, only one gets it', async () => {
  for (let n = 0; n < 20; n++) {
    const name = `contested-${n}`
    const tries = await Promise.allSettled([
      create({ slug: name }),
      create({ slug: `${name}-other`, externalId: name }),
    ])
    expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  }
})

test('a derived slug avoids the external id of another app', async () => {
  await create({ slug: 'somebody', externalId: 'weekly-menu' })
  expect((await create({ name: 'Weekly menu' })).slug).toMatch(/^weekly-menu-[2-9a-z]{5}$/)
})

test.each<[string, Parameters<typeof create>[0]]>([
  ['name', { name: '  ' }],
  ['name', { name: 'x'.repeat(101) }],
  ['name', { name: 'a\u0000b' }],
  ['name', { name: 'Safe\u202egnireggiR' }],
  ['name', { name: '\u200b' }],
  ['name', { name: '…' }],
  ['slug', { slug: 'Story Studio' }],
  ['slug', { slug: 'app_1' }],
  ['externalId', { externalId: '' }],
  ['origins.1', { origins: ['https://a.example', 'https://a.example/path'] }],
  ['origins.0', { origins: ['javascript:alert(1)'] }],
])('an app with an invalid %s is refused', async (path, more) => {
  expect(await fieldsRefused(more)).toEqual([path])
})

test('a stored app name with hidden characters is shown without them and can be kept', async () => {
  const { id } = await create({ name: 'Stored' })
  const app = publicId('app', id)
  const store = (name: string) =>
    scenario.ctx.pool.query('update apps set name = $2 where id = $1', [id, name])
  await store('\u202eatlA\u200b')
  expect((await getApp(scenario.ctx, app)).name).toBe('atlA')
  await store('\u3164')
  expect((await getApp(scenario.ctx, app)).name).toBe('Unnamed app')
  expect(await updateApp(scenario.ctx, { app, visibility: 'private' })).toMatchObject({
    name: 'Unnamed app',
    visibility: 'private',
  })
})

test('all invalid fields of an app are reported together', async () => {
  expect(await fieldsRefused({ name: '', slug: '-', origins: ['nowhere'] })).toEqual([
    'name',
    'slug',
    'origins.0',
  ])
})

test('creating an app for an unknown creator is refused', async () => {
  await expect(create({ accountId: newUuid() })).rejects.toBeInstanceOf(NotFound)
})
