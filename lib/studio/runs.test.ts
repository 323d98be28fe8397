import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Gateway, openGateway, platform } from '@/lib/ai/runs.test-support'
import { clock } from '@/lib/api/clock.test-support'
import { type Api, openApi } from '@/lib/api/contract.test-support'
import { revokeConsent } from '@/lib/apps/app-tokens'
import { HOUR_MS, MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { setBudget } from '@/lib/credits/verbs/set-budget'
import { newUuid, publicId } from '@/lib/ids'
import { toCredits } from '@/lib/millicredits'
import { credits } from '@/lib/testing/scenario'
import { createProject } from './create-project'
import { currentToken } from './current-token'
import { chargeDues } from './dues'
import { FEATURES, type Feature, refusePrompt } from './features'
import { getProject } from './get-project'
import { listItems } from './list-items'
import { listMessages } from './messages'
import { priceFeature, priceTurn } from './price-feature'
import { publishProject } from './publish-project'
import { readSpending } from './read-spending'
import { type StudioEvent, type StudioRun, stopRun } from './relay'
import { runEditor } from './run-editor'
import { runFeature } from './run-feature'
import { getStudioApp, type StudioApp } from './studio-app'

let api: Api
let app: StudioApp
beforeAll(async () => {
  api = await openApi('node server')
  const { accountId: ownerId } = await api.newUser()
  const project = publicId('project', (await createProject(api.ctx, { ownerId, kind: 'text' })).id)
  await publishProject(api.ctx, { project, visibility: 'public', slug: 'notes' })
  app = await getStudioApp(api.ctx, 'notes')
})
afterAll(() => api.close())

async function newReader(): Promise<{ ctx: Context; user: string; accountId: string }> {
  const { id: user, accountId } = await api.newUser()
  return { ctx: { ...api.ctx, caller: { kind: 'user', userId: accountId } }, user, accountId }
}

/** A person who consented to the app, with the app's token for them. */
async function newGuestHere() {
  const reader = await newReader()
  const { body } = await api.post(`/apps/${publicId('app', app.id)}/tokens`, { user: reader.user })
  return { ...reader, token: String(body.token) }
}

const feature = (key: string) => FEATURES.find((one) => one.key === key) as Feature

async function eventsOf(run: StudioRun): Promise<StudioEvent[]> {
  const events: StudioEvent[] = []
  for await (const event of run.events) events.push(event)
  return events
}
const typesOf = (events: StudioEvent[]) => new Set(events.map(({ type }) => type))

describe('an app feature', () => {
  test('is quoted with the app’s token, charged with the premium, and saved with its price', async () => {
    const { ctx, user, token } = await newGuestHere()
    const deps = platform(api)
    const asked = { feature: feature('read'), prompt: 'https://example.com/slow-trains', token }
    const spending = await readSpending(ctx, app.id)
    const price = { usual: 8.8, most: 8.8, premium: 0.8, obstacle: null }
    expect(await priceFeature(ctx, deps, { ...asked, app, spending })).toEqual(price)
    // The price is known even before the app is allowed.
    expect(await priceFeature(ctx, deps, { ...asked, app, spending, token: null })).toEqual(price)
    const events = await eventsOf(await runFeature(ctx, deps, { ...asked, app, actionId: newUuid() }))
    expect([...typesOf(events)]).toEqual(['started', 'text', 'receipt', 'kept'])
    expect(await api.available(user)).toBe(1_000 - 8.8)
    const [item, ...others] = await listItems(ctx, app.id)
    expect(others).toEqual([])
    expect(item?.made?.total && toCredits(item.made.total)).toBe(8.8)
    expect(events.at(-1)).toEqual({ type: 'kept', item: publicId('item', item?.id ?? '') })
  })

  test('reports an obstacle (a pause, the app’s budget or the balance) before it is tried', async () => {
    const { ctx, user, accountId, token } = await newGuestHere()
    const obstacle = async () => {
      const spending = await readSpending(ctx, app.id)
      const asked = { app, feature: feature('read'), prompt: 'https://example.com/a', token, spending }
      return (await priceFeature(ctx, platform(api), asked))?.obstacle
    }
    const limit = (amount: number, paused: boolean) =>
      setBudget(ctx, { accountId, appId: app.id, monthlyLimit: credits(amount), paused })
    await limit(8, false)
    expect(await obstacle()).toEqual({ kind: 'budget', left: 8 })
    await limit(500, true)
    expect(await obstacle()).toEqual({ kind: 'paused' })
    await limit(500, false)
    expect(await obstacle()).toBeNull()
    await api.post('/charges', { user, operation: 'web.extract', usage: { pages: 124 } })
    expect(await obstacle()).toEqual({ kind: 'balance', left: 8 })
  })

  test('returns its result and charges nothing more if repeated with the same action, immediately or later', async () => {
    const { ctx, user, token } = await newGuestHere()
    const deps = platform(api)
    const request = { app, feature: feature('write'), prompt: 'Three ideas', token, actionId: newUuid() }
    const both = await Promise.all([
      runFeature(ctx, deps, request).then(eventsOf),
      runFeature(ctx, deps, request).then(eventsOf),
    ])
    expect(both[0]).toEqual(both[1])
    const left = await api.available(user)
    expect(await eventsOf(await runFeature(ctx, deps, request))).toEqual([both[0]?.at(-1)])
    expect(await api.available(user)).toBe(left)
    expect(await listItems(ctx, app.id)).toHaveLength(1)
  })

  test('is saved and charged without listeners, and only its user can stop it', async () => {
    const { ctx, token, accountId } = await newGuestHere()
    const actionId = newUuid()
    const run = await runFeature(ctx, platform(api), {
      app,
      feature: feature('search'),
      prompt: 'What opened in the harbour?',
      token,
      actionId,
    })
    expect(stopRun(newUuid(), actionId)).toBe(false)
    await run.done
    expect(stopRun(accountId, actionId)).toBe(false)
    const [item] = await listItems(ctx, app.id)
    expect(item?.made?.chargeId).toBeTruthy()
    expect(item?.body).toContain('https://')
  })

  test('leaves nothing after a refusal and works with the same action once it can be paid', async () => {
    const { ctx, user, token } = await newGuestHere()
    const deps = platform(api)
    await api.post('/charges', { user, operation: 'ai.standard', usage: { inputTokens: 2_000_000 } })
    const request = { app, feature: feature('write'), prompt: 'A headline', token, actionId: newUuid() }
    const refused = await eventsOf(await runFeature(ctx, deps, request))
    expect(refused).toMatchObject([{ type: 'refused', problem: { code: 'insufficient_credits' } }])
    expect(await listItems(ctx, app.id)).toEqual([])
    await api.post('/grants', { user, amount: 50, reason: 'test' })
    expect(typesOf(await eventsOf(await runFeature(ctx, deps, request)))).toContain('kept')
  })

  test('refuses an unusable prompt before anything is quoted', () => {
    expect(refusePrompt(feature('write'), '')).not.toBeNull()
    expect(refusePrompt(feature('write'), 'x'.repeat(4_001))).not.toBeNull()
    expect(refusePrompt(feature('read'), 'example.com')).not.toBeNull()
    expect(refusePrompt(feature('read'), 'javascript:alert(1)')).not.toBeNull()
    expect(refusePrompt(feature('read'), 'https://example.com/a')).toBeNull()
  })
})

describe('a result whose charge could not be confirmed', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await openGateway(api)
  })
  afterAll(() => gateway.close())
  beforeEach(() => {
    vi.spyOn(console, 'error').mockReturnValue(undefined)
  })

  /** Creates a person with an extracted page whose capture was lost in transit. */
  async function unsettled() {
    const guest = await newGuestHere()
    const asked = { feature: feature('read'), prompt: 'https://example.com/slow-trains', token: guest.token }
    const request = { ...asked, app, actionId: newUuid() }
    gateway.isOut = true
    const events = await eventsOf(await runFeature(guest.ctx, gateway.deps, request))
    expect([...typesOf(events)]).toEqual(['started', 'text', 'failed', 'kept'])
    const totals = async () => {
      const [item] = await listItems(guest.ctx, app.id)
      return item?.made?.total ? toCredits(item.made.total) : null
    }
    expect(await totals()).toBeNull()
    return { ...guest, request, total: totals }
  }

  test('is charged when it is next viewed, even late, and then shows its price', async () => {
    const { ctx, user, total } = await unsettled()
    await chargeDues(ctx, gateway.deps)
    expect(await total()).toBeNull()
    clock.advance(30 * MINUTE_MS)
    gateway.isOut = false
    await Promise.all([chargeDues(ctx, gateway.deps), chargeDues(ctx, gateway.deps)])
    expect(await total()).toBe(8.8)
    expect(await api.available(user)).toBe(1_000 - 8.8)
    expect(await chargeDues(ctx, gateway.deps)).toEqual([])
  })

  test('is charged when its action is repeated', async () => {
    const { ctx, user, request, total } = await unsettled()
    gateway.isOut = false
    const events = await eventsOf(await runFeature(ctx, gateway.deps, request))
    expect(events).toMatchObject([{ type: 'receipt', charge: { total: 8.8 } }, { type: 'kept' }])
    expect(await total()).toBe(8.8)
    expect(await api.available(user)).toBe(1_000 - 8.8)
  })

  test('is no longer charged once its hold expired more than a day ago', async () => {
    const { ctx, user, total } = await unsettled()
    gateway.isOut = false
    clock.advance(25 * HOUR_MS)
    expect(await chargeDues(ctx, gateway.deps)).toEqual([])
    expect(await total()).toBeNull()
    expect(await api.available(user)).toBe(1_000)
    expect((await api.pool.query('select from studio_dues')).rowCount).toBe(0)
  })

  test('in the editor is charged when its project is next viewed', async () => {
    const { ctx, user, accountId: ownerId } = await newReader()
    const project = publicId('project', (await createProject(ctx, { ownerId, kind: 'text' })).id)
    const turn = { project, mode: 'fast', said: 'Make it green', actionId: newUuid() } as const
    gateway.isOut = true
    await eventsOf(await runEditor(ctx, gateway.deps, turn))
    expect((await listMessages(ctx, project)).map(({ charge }) => charge)).toEqual([null, null])
    gateway.isOut = false
    const [charge] = await chargeDues(ctx, gateway.deps)
    const [, answer] = await listMessages(ctx, project)
    expect(answer?.charge && toCredits(answer.charge.total)).toBe(charge?.total)
    expect(await api.available(user)).toBe(1_000 - (charge?.total ?? 0))
  })
})

test('an app has a token only while consent stands, and a new one after expiry or revocation', async () => {
  const { ctx } = await newReader()
  expect(await currentToken(ctx, app.id)).toBeNull()
  const guest = await newGuestHere()
  const first = await currentToken(guest.ctx, app.id)
  expect(first).toMatch(/^at_/)
  expect(await currentToken(guest.ctx, app.id)).toBe(first)
  await revokeConsent(guest.ctx, { app: publicId('app', app.id) })
  expect(await currentToken(guest.ctx, app.id)).toBeNull()
  await api.post(`/apps/${publicId('app', app.id)}/tokens`, { user: guest.user })
  const second = await currentToken(guest.ctx, app.id)
  expect(second).toMatch(/^at_/)
  expect(second).not.toBe(first)
})

describe('a turn of the editor’s chat', () => {
  test('creates the app, is saved with its price, and is charged to the owner without a premium', async () => {
    const { ctx, user, accountId: ownerId } = await newReader()
    const deps = platform(api)
    const project = publicId('project', (await createProject(ctx, { ownerId, kind: null })).id)
    const turn = { project, mode: 'fast', said: 'An app called "Slow Trains", in green' } as const
    const price = await priceTurn(ctx, deps, turn)
    expect(price).toMatchObject({ premium: 0, obstacle: null })
    const actionId = newUuid()
    const events = await eventsOf(await runEditor(ctx, deps, { ...turn, actionId }))
    expect(typesOf(events)).toContain('design')
    expect((await getProject(ctx, project)).draft).toMatchObject({ name: 'Slow Trains', color: 'green' })
    const left = await api.available(user)
    const [, answer] = await listMessages(ctx, project)
    expect(answer?.charge && toCredits(answer.charge.total)).toBe(1_000 - left)
    expect(await eventsOf(await runEditor(ctx, deps, { ...turn, actionId }))).toEqual([])
    expect(await api.available(user)).toBe(left)
  })

  test('in Expert mode needs a plan that includes it', async () => {
    const { ctx, accountId: ownerId } = await newReader()
    const project = publicId('project', (await createProject(ctx, { ownerId, kind: 'text' })).id)
    const turn = { project, mode: 'expert', said: 'Make it violet', actionId: newUuid() } as const
    expect(await priceTurn(ctx, platform(api), turn)).toMatchObject({
      obstacle: { kind: 'plan', plan: 'Super' },
    })
    const events = await eventsOf(await runEditor(ctx, platform(api), turn))
    expect(events).toMatchObject([{ type: 'refused', problem: { code: 'plan_required' } }])
    expect(await listMessages(ctx, project)).toEqual([])
  })
})
