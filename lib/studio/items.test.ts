import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Context } from '@/lib/context'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { newUuid, publicId } from '@/lib/ids'
import { createScenario, credits, newAccount, type Scenario } from '@/lib/testing/scenario'
import { changeProject } from './change-project'
import { findConnection, keepConnection } from './connection'
import { createItem } from './create-item'
import { createProject } from './create-project'
import { deleteItem } from './delete-item'
import { editItem } from './edit-item'
import { ITEMS_MAX } from './item'
import { findResult, keepResult } from './keep-result'
import { listItems } from './list-items'
import { openApp } from './open-app'
import { publishProject } from './publish-project'
import { readMedia } from './read-media'
import { seal, unseal } from './seal'
import { getStudioApp, type StudioApp } from './studio-app'

let scenario: Scenario
let app: StudioApp
beforeAll(async () => {
  scenario = await createScenario()
  const { ctx } = scenario
  const { accountId: ownerId } = await newAccount(scenario)
  const project = publicId('project', (await createProject(ctx, { ownerId, kind: 'text' })).id)
  const starters = [
    { title: 'First', body: 'one' },
    { title: 'Second', body: 'two' },
  ]
  await changeProject(ctx, { project, changes: { name: 'Notes', starters } })
  await publishProject(ctx, { project, visibility: 'public' })
  app = await getStudioApp(ctx, 'notes')
})
afterAll(() => scenario.close())

async function newReader(): Promise<Context> {
  const { accountId } = await newAccount(scenario)
  return { ...scenario.ctx, caller: { kind: 'user', userId: accountId } }
}

const titles = async (ctx: Context) => (await listItems(ctx, app.id)).map(({ title }) => title)

describe('a person’s items in an app', () => {
  test('begin with the starter content, created once even if two pages open at the same time', async () => {
    const ctx = await newReader()
    await Promise.all([openApp(ctx, app), openApp(ctx, app)])
    expect(await titles(ctx)).toEqual(['First', 'Second'])
    const [first] = await listItems(ctx, app.id)
    await deleteItem(ctx, { appId: app.id, item: publicId('item', first?.id ?? '') })
    await openApp(ctx, app)
    expect(await titles(ctx)).toEqual(['Second'])
  })

  test('are written, edited and deleted by their owner and invisible to others', async () => {
    const ctx = await newReader()
    const stranger = await newReader()
    const made = await createItem(ctx, { appId: app.id, title: '', body: 'Milk, eggs and bread' })
    expect(made).toMatchObject({ title: 'Milk, eggs and bread', kind: 'text', made: null })
    const item = publicId('item', made.id)
    const edit = { appId: app.id, item, title: 'Shopping', body: 'Milk' }
    await expect(editItem(stranger, edit)).rejects.toThrow(NotFound)
    await deleteItem(stranger, { appId: app.id, item })
    expect(await listItems(stranger, app.id)).toEqual([])
    scenario.clock.advance(1_000)
    await editItem(ctx, edit)
    expect(await listItems(ctx, app.id)).toMatchObject([
      { title: 'Shopping', body: 'Milk', updatedAt: scenario.clock.now() },
    ])
    await expect(editItem(ctx, { ...edit, title: '', body: ' ' })).rejects.toThrow(InvalidRequest)
    await deleteItem(ctx, { appId: app.id, item })
    expect(await listItems(ctx, app.id)).toEqual([])
  })

  test('are limited in number, but a paid result is always saved', async () => {
    const ctx = await newReader()
    for (let made = 0; made < ITEMS_MAX; made++)
      await createItem(ctx, { appId: app.id, title: `${made}`, body: '' })
    await expect(createItem(ctx, { appId: app.id, title: 'more', body: '' })).rejects.toThrow(InvalidRequest)
    const result = { appId: app.id, actionId: newUuid(), kind: 'text', title: 'paid', body: 'for' } as const
    await expect(keepResult(ctx, { ...result, media: null, charge: null })).resolves.toMatchObject({
      title: 'paid',
    })
  })

  test('contain one result per action, with its bytes, only for the person who paid', async () => {
    const ctx = await newReader()
    const stranger = await newReader()
    const actionId = newUuid()
    const charge = { id: newUuid(), total: credits(55) }
    const media = { type: 'image/png', bytes: Uint8Array.of(1, 2, 3) }
    const result = { appId: app.id, actionId, title: 'A fox', body: '', media } as const
    expect(await findResult(ctx, { appId: app.id, actionId })).toBeNull()
    const kept = await keepResult(ctx, { ...result, kind: 'image', charge })
    const again = await keepResult(ctx, { ...result, kind: 'text', title: 'Other', charge: null })
    expect(again).toEqual(kept)
    expect(await findResult(ctx, { appId: app.id, actionId })).toEqual(kept)
    expect(await findResult(stranger, { appId: app.id, actionId })).toBeNull()
    expect(kept.made).toEqual({ actionId, chargeId: charge.id, total: charge.total })
    const item = publicId('item', kept.id)
    const read = await readMedia(ctx, { appId: app.id, item })
    expect([read.type, [...read.bytes]]).toEqual(['image/png', [1, 2, 3]])
    await expect(readMedia(stranger, { appId: app.id, item })).rejects.toThrow(NotFound)
  })
})

describe('the token an app stores', () => {
  test('is returned until shortly before it expires, only to its own person', async () => {
    const ctx = await newReader()
    const hour = 60 * 60 * 1_000
    const expiresAt = new Date(scenario.clock.now().getTime() + hour)
    await keepConnection(ctx, { appId: app.id, token: 'at_one', expiresAt })
    expect(await findConnection(ctx, app.id)).toBe('at_one')
    expect(await findConnection(await newReader(), app.id)).toBeNull()
    await keepConnection(ctx, { appId: app.id, token: 'at_two', expiresAt })
    expect(await findConnection(ctx, app.id)).toBe('at_two')
    scenario.clock.advance(hour - 30_000)
    expect(await findConnection(ctx, app.id)).toBeNull()
  })

  test('is encrypted in the database and cannot be decrypted for another row', async () => {
    const ctx = await newReader()
    await keepConnection(ctx, { appId: app.id, token: 'at_secret', expiresAt: new Date('2030-01-01') })
    const { rows } = await ctx.pool.query<{ sealed_token: string }>(
      'select sealed_token from studio_connections where account_id = $1',
      [ctx.caller.kind === 'user' ? ctx.caller.userId : null],
    )
    expect(rows[0]?.sealed_token).not.toContain('at_secret')
    const sealed = seal('token', 'ada', 'at_secret')
    expect(unseal('token', 'ada', sealed)).toBe('at_secret')
    expect([unseal('token', 'bob', sealed), unseal('other', 'ada', sealed)]).toEqual([null, null])
    expect([unseal('token', 'ada', `${sealed.slice(0, -2)}AA`), unseal('token', 'ada', 'x')]).toEqual([
      null,
      null,
    ])
  })
})
