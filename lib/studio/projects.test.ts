import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { APP_ORIGINS_MAX } from '@/lib/apps/app'
import { getApp } from '@/lib/apps/find-app'
import { updateApp } from '@/lib/apps/update-app'
import type { Context } from '@/lib/context'
import { InvalidRequest, NotFound, Unauthenticated } from '@/lib/errors'
import { newUuid, parsePublicId, publicId } from '@/lib/ids'
import { createScenario, credits, newAccount, type Scenario } from '@/lib/testing/scenario'
import { changeProject } from './change-project'
import type { AppKind } from './choices'
import { createProject, PROJECTS_MAX } from './create-project'
import { deleteProject } from './delete-project'
import { newDesign } from './design'
import { getProject } from './get-project'
import { listProjects } from './list-projects'
import { listPublicApps } from './list-public-apps'
import { keepTurn, listMessages } from './messages'
import { nameOwnOrigin } from './own-origin'
import { publishProject } from './publish-project'
import { getStudioApp } from './studio-app'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

async function newMaker(): Promise<{ ctx: Context; ownerId: string }> {
  const { accountId } = await newAccount(scenario)
  return { ctx: { ...scenario.ctx, caller: { kind: 'user', userId: accountId } }, ownerId: accountId }
}

async function newProject(kind: AppKind | null = 'text') {
  const maker = await newMaker()
  const made = await createProject(maker.ctx, { ownerId: maker.ownerId, kind })
  return { ...maker, project: publicId('project', made.id) }
}

describe('a studio project', () => {
  test('is visible only to its owner, in every verb', async () => {
    const { project } = await newProject()
    const { ctx: stranger } = await newMaker()
    const attempts = [
      () => getProject(stranger, project),
      () => changeProject(stranger, { project, changes: { name: 'Mine now' } }),
      () => publishProject(stranger, { project, visibility: 'public' }),
      () => deleteProject(stranger, project),
      () => listMessages(stranger, project),
      () => keepTurn(stranger, { project, actionId: newUuid(), asked: 'a', answered: 'b', charge: null }),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow(NotFound)
    expect(await listProjects(stranger)).toEqual([])
    await expect(listProjects({ ...stranger, caller: { kind: 'nobody' } })).rejects.toThrow(Unauthenticated)
  })

  test('gets its first version once its kind is chosen and keeps every unchanged field', async () => {
    const { ctx, project } = await newProject(null)
    await expect(changeProject(ctx, { project, changes: { name: 'Toast' } })).rejects.toThrow(/kind/)
    await changeProject(ctx, { project, kind: 'text', changes: { name: 'Toast' } })
    const { draft } = await changeProject(ctx, { project, changes: { color: 'green' } })
    expect(draft).toEqual({ ...newDesign('text'), name: 'Toast', color: 'green' })
    expect((await getProject(ctx, project)).draft).toEqual(draft)
  })

  test('refuses invalid fields, naming each, and stays unchanged', async () => {
    const { ctx, project } = await newProject()
    const changes = { name: ' ', tagline: 'x'.repeat(201), starters: [{ title: '', body: '' }] }
    const error = await changeProject(ctx, { project, changes }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InvalidRequest)
    expect((error as InvalidRequest).errors.map(({ path }) => path)).toEqual([
      'name',
      'tagline',
      'starters.0.title',
    ])
    expect((await getProject(ctx, project)).draft).toEqual(newDesign('text'))
  })

  test('refuses a name that could pass for another, and shows one stored earlier without its hidden characters', async () => {
    const { ctx, project } = await newProject()
    const changes = { name: 'Safe\u202egniht' }
    await expect(changeProject(ctx, { project, changes })).rejects.toThrow('U+202E')
    await scenario.ctx.pool.query('update studio_projects set draft = $2 where id = $1', [
      parsePublicId('project', project),
      JSON.stringify({ ...newDesign('text'), ...changes }),
    ])
    expect((await getProject(ctx, project)).draft?.name).toBe('Safegniht')
  })

  test('is refused above a limit per person', async () => {
    const { ctx, ownerId } = await newMaker()
    for (let made = 0; made < PROJECTS_MAX; made++) await createProject(ctx, { ownerId, kind: null })
    await expect(createProject(ctx, { ownerId, kind: null })).rejects.toThrow(InvalidRequest)
  })

  test('keeps both of two simultaneous changes', async () => {
    const { ctx, project } = await newProject()
    await Promise.all([
      changeProject(ctx, { project, changes: { name: 'Both' } }),
      changeProject(ctx, { project, changes: { color: 'amber' } }),
    ])
    expect((await getProject(ctx, project)).draft).toMatchObject({ name: 'Both', color: 'amber' })
  })
})

describe('publishing a project', () => {
  test('releases the current version at a permanent URL', async () => {
    const { ctx, project } = await newProject()
    await changeProject(ctx, { project, changes: { name: 'Morning Pages' } })
    const { published } = await publishProject(ctx, { project, visibility: 'public' })
    expect(published).toMatchObject({ slug: 'morning-pages', visibility: 'public' })
    await changeProject(ctx, { project, changes: { name: 'Evening Pages' } })
    expect((await getStudioApp(ctx, 'morning-pages')).design.name).toBe('Morning Pages')
    const again = await publishProject(ctx, { project, visibility: 'unlisted' })
    expect(again.published).toMatchObject({ appId: published?.appId, slug: 'morning-pages' })
    const app = await getApp(ctx, 'morning-pages')
    expect(app).toMatchObject({ name: 'Evening Pages', visibility: 'unlisted' })
    expect(app.origins).toHaveLength(1)
  })

  test('keeps the origins that its creator added', async () => {
    const { ctx, project } = await newProject()
    const { published } = await publishProject(ctx, { project, visibility: 'public' })
    const app = publicId('app', published?.appId ?? '')
    const [own] = (await getApp(ctx, app)).origins
    const elsewhere = 'https://pages.example'
    await updateApp(ctx, { app, origins: [elsewhere] })
    await publishProject(ctx, { project, visibility: 'public' })
    expect((await getApp(ctx, app)).origins).toEqual([own, elsewhere])
    await updateApp(ctx, { app, origins: [elsewhere] })
    await nameOwnOrigin(ctx, await getStudioApp(ctx, published?.slug ?? ''))
    expect((await getApp(ctx, app)).origins).toEqual([own, elsewhere])
    const many = Array.from({ length: APP_ORIGINS_MAX }, (_, n) => `https://n${n}.example`)
    await updateApp(ctx, { app, origins: many })
    await publishProject(ctx, { project, visibility: 'public' })
    expect((await getApp(ctx, app)).origins).toEqual([own, ...many.slice(1)])
  })

  test('creates one app no matter how many times the button is pressed', async () => {
    const { ctx, ownerId, project } = await newProject()
    await Promise.all([1, 2, 3].map(() => publishProject(ctx, { project, visibility: 'private' })))
    const { rows } = await ctx.pool.query('select id from apps where creator_id = $1', [ownerId])
    expect(rows).toHaveLength(1)
  })

  test('shows a private app to its creator, an unlisted one to visitors with the link, and a public one to everyone', async () => {
    const { ctx, project } = await newProject('media')
    const { ctx: stranger } = await newMaker()
    const nobody: Context = { ...ctx, caller: { kind: 'nobody' } }
    const { published } = await publishProject(ctx, { project, visibility: 'private' })
    const slug = published?.slug ?? ''
    await expect(getStudioApp(ctx, slug)).resolves.toMatchObject({ visibility: 'private' })
    await expect(getStudioApp(stranger, slug)).rejects.toThrow(NotFound)
    await expect(getStudioApp(nobody, slug)).rejects.toThrow(NotFound)
    const listed = async () => (await listPublicApps(nobody)).some((app) => app.slug === slug)
    await publishProject(ctx, { project, visibility: 'unlisted' })
    await expect(getStudioApp(nobody, slug)).resolves.toMatchObject({ visibility: 'unlisted' })
    expect(await listed()).toBe(false)
    await publishProject(ctx, { project, visibility: 'public' })
    expect(await listed()).toBe(true)
  })

  test('needs a first version, and then prevents deletion and a change of kind', async () => {
    const { ctx, project } = await newProject(null)
    await expect(publishProject(ctx, { project, visibility: 'private' })).rejects.toThrow(InvalidRequest)
    await changeProject(ctx, { project, kind: 'media', changes: {} })
    await publishProject(ctx, { project, visibility: 'private' })
    await expect(deleteProject(ctx, project)).rejects.toThrow(InvalidRequest)
    await expect(changeProject(ctx, { project, kind: 'text', changes: {} })).rejects.toThrow(/kind/)
    const { ctx: other, project: draft } = await newProject()
    await deleteProject(other, draft)
    expect(await listProjects(other)).toEqual([])
  })
})

test('a turn of the editor’s chat is saved once, with its price, oldest first', async () => {
  const { ctx, project } = await newProject()
  const turn = { project, actionId: newUuid(), asked: 'Make it green', answered: 'It is green.' }
  const charge = { id: newUuid(), total: credits(40) }
  await keepTurn(ctx, { ...turn, charge })
  await keepTurn(ctx, { ...turn, answered: 'Again', charge: null })
  scenario.clock.advance(1_000)
  await keepTurn(ctx, { ...turn, actionId: newUuid(), asked: 'Thanks', charge: null })
  const said = await listMessages(ctx, project)
  expect(said.map(({ role, body, charge }) => [role, body, charge])).toEqual([
    ['user', 'Make it green', null],
    ['assistant', 'It is green.', charge],
    ['user', 'Thanks', null],
    ['assistant', 'It is green.', null],
  ])
})
