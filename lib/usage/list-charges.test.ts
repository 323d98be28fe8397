import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { isoFromMicros, micros } from '@/lib/instant'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import { encodeCursor } from './cursor'
import { NO_APP } from './days'
import { type ChargePage, type ListChargesInput, listCharges, ROWS_READ_MAX } from './list-charges'
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

/** Every page of a list, in reading order. */
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

test('charges at almost the same time are listed newest first, each exactly once over all pages', async () => {
  for (let n = 1; n <= 7; n++) await charge(scenario, account.user, { reference: `r${n}` })
  expect(await allPages({ limit: 3 })).toEqual([['r7', 'r6', 'r5'], ['r4', 'r3', 'r2'], ['r1']])
  expect((await list({ limit: 7 })).nextCursor).toBeNull()
})

test('the history pages back to newer charges from any charge', async () => {
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

test('the history finds rare matches across days and pages, in both directions', async () => {
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

test('the history filters by app, surface, time and reference, separately and combined', async () => {
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

test('a text search finds a charge by its id and by any part of reference or metadata', async () => {
  const first = await charge(scenario, account.user, { reference: 'Invoice 100%_A' })
  await charge(scenario, account.user, { reference: 'other', metadata: { project: 'Lighthouse' } })
  expect(await references({ text: publicId('charge', first.id) })).toEqual(['Invoice 100%_A'])
  expect(await references({ text: 'invoice' })).toEqual(['Invoice 100%_A'])
  expect(await references({ text: '%_' })).toEqual(['Invoice 100%_A'])
  expect(await references({ text: ' lighthouse ' })).toEqual(['other'])
  expect(await references({ text: 'nowhere' })).toEqual([])
})

test('a text search ignores case in any script', async () => {
  await charge(scenario, account.user, { reference: 'Ärger in Łódź' })
  await charge(scenario, account.user, { reference: 'greek', metadata: { Город: 'ΑΘΗΝΑ "Nord"' } })
  expect(await references({ text: 'ÄRGER' })).toEqual(['Ärger in Łódź'])
  expect(await references({ text: 'łódź' })).toEqual(['Ärger in Łódź'])
  expect(await references({ text: 'αθηνα' })).toEqual(['greek'])
  expect(await references({ text: 'ГОРОД' })).toEqual(['greek'])
})

test('a metadata search matches its values, not its stored JSON', async () => {
  await charge(scenario, account.user, { reference: 'quoted', metadata: { title: 'The "Inn"', page: '7' } })
  expect(await references({ text: 'the "inn"' })).toEqual(['quoted'])
  expect(await references({ text: '": "' })).toEqual([])
  expect(await references({ text: 'e", "p' })).toEqual([])
})

/** A day with many charges, written as the ledger would; only the oldest contains `needle`. This test only reads. */
async function busyDay(day: string, count: number): Promise<void> {
  const values = [account.accountId, day, count]
  await scenario.ctx.pool.query(
    `insert into charges (account_id, at, id, operation, usage, base, premium, price_version, premium_bps, grant_ids,
       grant_amounts, balance_after, metadata)
     select $1, $2::timestamptz + n * interval '1 second', gen_random_uuid(), 'web.extract', '{"pages": 1}', 8000, 0, 1, 0,
       '{}', '{}', 0, case when n = 1 then '{"note": "Needle"}'::jsonb end
     from generate_series(1, $3::int) n`,
    values,
  )
  await scenario.ctx.pool.query(
    `insert into usage_days (account_id, day, operation, app_id, charges, base, premium, paid, refunded)
     values ($1, $2::timestamptz, 'web.extract', $4, $3::int, $3::int * 8000, 0, $3::int * 8000, 0)`,
    [...values, NO_APP],
  )
}

test('a search reads a limited number of charges, reports how far it got, and continues from there', async () => {
  await busyDay('2026-02-02T00:00:00Z', ROWS_READ_MAX + 10)
  const first = await list({ text: 'needle' })
  expect(first.items).toEqual([])
  expect(first.searchedTo).toEqual(new Date('2026-02-02T00:00:11Z'))
  const second = await list({ text: 'needle', cursor: first.nextCursor })
  expect(second.items.map(({ charge: { metadata } }) => metadata)).toEqual([{ note: 'Needle' }])
  expect(second).toMatchObject({ nextCursor: null, searchedTo: null })
})

test('a continued search finds everything once, over days of any size, in both directions', async () => {
  for (const [day, count] of [
    ['2026-02-02', 700],
    ['2026-02-03', ROWS_READ_MAX * 2],
    ['2026-02-04', 1],
    ['2026-02-06', ROWS_READ_MAX - 1],
  ] as const) {
    await busyDay(`${day}T00:00:00Z`, count)
  }
  const found: string[] = []
  for (const direction of ['older', 'newer'] as const) {
    let cursor: string | null = direction === 'older' ? null : encodeCursor(micros(new Date('2026-02-01')))
    let pages = 0
    do {
      const page: ChargePage = await list({ text: 'NEEDLE', cursor, direction, limit: 3 })
      for (const { charge: one } of page.items) found.push(isoFromMicros(one.at).slice(0, 10))
      cursor = page.nextCursor
      pages++
    } while (cursor !== null)
    expect(pages).toBeLessThan(7)
  }
  const days = ['2026-02-02', '2026-02-03', '2026-02-04', '2026-02-06']
  expect(found.sort()).toEqual([...days, ...days].sort())
})

test('a search for a whole reference finds only the charges with that reference', async () => {
  for (const reference of ['job-5', 'job-50', 'job-5']) await charge(scenario, account.user, { reference })
  expect(await references({ text: 'job-5' })).toEqual(['job-5', 'job-5'])
  expect(await references({ text: 'job-' })).toEqual(['job-5', 'job-50', 'job-5'])
})

test('the history refuses an invalid cursor, an unknown operation or app, and another user', async () => {
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
