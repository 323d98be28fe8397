import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import { type ListChargesInput, listCharges } from './list-charges'
import { charge, newApp } from './scenario.test-support'

let scenario: Scenario
let account: { accountId: string; user: string }
beforeAll(async () => {
  scenario = await createScenario('2026-03-01T09:00:00Z')
})
beforeEach(async () => {
  account = await newAccount(scenario)
})
afterAll(() => scenario.close())

const list = (more: Partial<ListChargesInput> = {}) =>
  listCharges(scenario.ctx, {
    accountId: account.accountId,
    from: null,
    to: null,
    operation: null,
    app: null,
    surface: null,
    reference: null,
    cursor: null,
    limit: 10,
    ...more,
  })

const references = async (more: Partial<ListChargesInput> = {}) =>
  (await list(more)).items.map((item) => item.charge.reference)

/** Every page of a list, in the order they were read. */
async function allPages(more: Partial<ListChargesInput>): Promise<(string | null)[][]> {
  const pages: (string | null)[][] = []
  let cursor: string | null = more.cursor ?? null
  do {
    const page = await list({ ...more, cursor })
    pages.push(page.items.map((item) => item.charge.reference))
    cursor = page.nextCursor
  } while (cursor !== null)
  return pages
}

const speak = { operation: 'speech.tts', usage: { characters: 1_000 } }

test('charges of one instant come newest first, each exactly once over all pages', async () => {
  for (let n = 1; n <= 7; n++) await charge(scenario, account.user, { reference: `r${n}` })
  expect(await allPages({ limit: 3 })).toEqual([['r7', 'r6', 'r5'], ['r4', 'r3', 'r2'], ['r1']])
  expect((await list({ limit: 7 })).nextCursor).toBeNull()
})

test('pages lead back up from any charge', async () => {
  for (let n = 1; n <= 5; n++) await charge(scenario, account.user, { reference: `r${n}` })
  const first = await list({ limit: 2 })
  const second = await list({ limit: 2, cursor: first.nextCursor })
  const third = await list({ limit: 2, cursor: second.nextCursor })
  expect(third.items.map((item) => item.charge.reference)).toEqual(['r1'])
  expect(await allPages({ limit: 2, cursor: second.nextCursor, direction: 'newer' })).toEqual([
    ['r4', 'r3'],
    ['r5'],
  ])
})

test('rare matches are found across days and pages, in both directions', async () => {
  for (let day = 1; day <= 6; day++) {
    for (let n = 1; n <= 3; n++) await charge(scenario, account.user, { reference: `page-${day}-${n}` })
    if (day % 2 === 0) await charge(scenario, account.user, { ...speak, reference: `speech-${day}` })
    scenario.clock.advance(DAY_MS)
  }
  expect(await allPages({ operation: 'speech.tts', limit: 2 })).toEqual([
    ['speech-6', 'speech-4'],
    ['speech-2'],
  ])
  const [newest] = (await list({ limit: 1, operation: 'speech.tts' })).items
  if (!newest) throw new Error('nothing found')
  const start = await list({ operation: 'speech.tts', limit: 2 })
  const rest = await list({ operation: 'speech.tts', limit: 2, cursor: start.nextCursor })
  expect(rest.items.map((item) => item.charge.reference)).toEqual(['speech-2'])
  expect(await references({ operation: 'speech.tts', cursor: start.nextCursor, direction: 'newer' })).toEqual(
    ['speech-6'],
  )
})

test('filters by app, surface, time and reference, alone and together', async () => {
  const creator = await newAccount(scenario)
  const appId = await newApp(scenario, creator.accountId, `app-${account.accountId}`)
  const start = scenario.clock.now()
  await charge(scenario, account.user, { reference: 'plain' })
  await charge(scenario, account.user, { reference: 'in-app', app: publicId('app', appId) })
  scenario.clock.advance(HOUR_MS)
  await charge(scenario, account.user, { reference: 'editor', operation: 'editor.chat.fast', usage: {} })
  const later = scenario.clock.now()
  expect(await references({ app: `app-${account.accountId}` })).toEqual(['in-app'])
  expect(await references({ surface: 'app' })).toEqual(['in-app'])
  expect(await references({ surface: 'editor' })).toEqual(['editor'])
  expect(await references({ surface: 'api' })).toEqual(['plain'])
  expect(await references({ to: later })).toEqual(['in-app', 'plain'])
  expect(await references({ from: later })).toEqual(['editor'])
  expect(await references({ from: start, to: later, operation: 'web.extract', surface: 'api' })).toEqual([
    'plain',
  ])
  expect(await references({ reference: 'plain' })).toEqual(['plain'])
  expect(await references({ reference: 'plain', surface: 'app' })).toEqual([])
})

test('text finds a charge by its id, and by any part of reference or metadata', async () => {
  const first = await charge(scenario, account.user, { reference: 'Invoice 100%_A' })
  await charge(scenario, account.user, { reference: 'other', metadata: { project: 'Lighthouse' } })
  expect(await references({ text: publicId('charge', first.id) })).toEqual(['Invoice 100%_A'])
  expect(await references({ text: 'invoice' })).toEqual(['Invoice 100%_A'])
  expect(await references({ text: '%_' })).toEqual(['Invoice 100%_A'])
  expect(await references({ text: ' lighthouse ' })).toEqual(['other'])
  expect(await references({ text: 'nowhere' })).toEqual([])
})

test('text that is a whole reference finds its charges alone', async () => {
  for (const reference of ['job-5', 'job-50', 'job-5']) await charge(scenario, account.user, { reference })
  expect(await references({ text: 'job-5' })).toEqual(['job-5', 'job-5'])
  expect(await references({ text: 'job-' })).toEqual(['job-5', 'job-50', 'job-5'])
})

test('a bad cursor, an unknown operation or app, and a stranger are refused', async () => {
  await expect(list({ cursor: 'nonsense' })).rejects.toBeInstanceOf(InvalidRequest)
  await expect(list({ cursor: '' })).rejects.toBeInstanceOf(InvalidRequest)
  await expect(list({ operation: 'no.such' })).rejects.toBeInstanceOf(InvalidRequest)
  await expect(list({ app: 'no-such-app' })).rejects.toBeInstanceOf(NotFound)
  const stranger = await newAccount(scenario)
  const ctx = { ...scenario.ctx, caller: { kind: 'user', userId: stranger.accountId } as const }
  const input = {
    from: null,
    to: null,
    operation: null,
    app: null,
    surface: null,
    reference: null,
    cursor: null,
    limit: 1,
  }
  await expect(listCharges(ctx, { ...input, accountId: account.accountId })).rejects.toBeInstanceOf(NotFound)
})
