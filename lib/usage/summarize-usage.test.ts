import { afterAll, beforeAll, expect, test } from 'vitest'
import { HOUR_MS } from '@/lib/clock'
import { holdUse, releaseUse } from '@/lib/metering/hold-use'
import { sum } from '@/lib/millicredits'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { listUsedApps } from './list-used-apps'
import { charge, newApp, refund } from './scenario.test-support'
import { summarizeUsage } from './summarize-usage'
import { usageByDay } from './usage-by-day'
import { USAGE_VIEWS } from './usage-views'

let scenario: Scenario
let account: { accountId: string; user: string }
let app: string
afterAll(() => scenario.close())

const at = (text: string) => new Date(`2026-04-${text}:00Z`)
const summarize = (from: string, to: string) =>
  summarizeUsage(scenario.ctx, { accountId: account.accountId, from: at(from), to: at(to) })

/** Three days, each with one page in the app at 10:00, two outside it at 14:00 and three outside it at 18:00. */
beforeAll(async () => {
  scenario = await createScenario('2026-04-01T00:00:00Z')
  const creator = await newAccount(scenario)
  account = await newAccount(scenario)
  app = await newApp(scenario, creator.accountId, 'story-studio')
  for (const day of [10, 11, 12]) {
    scenario.clock.moveTo(`2026-04-${day}T10:00:00Z`)
    await charge(scenario, account.user, { pages: 1, app: 'story-studio' })
    scenario.clock.advance(4 * HOUR_MS)
    const second = await charge(scenario, account.user, { pages: 2 })
    scenario.clock.advance(4 * HOUR_MS)
    await charge(scenario, account.user, { operation: 'editor.chat.fast', usage: {} })
    if (day === 12) await refund(scenario, second, 6)
  }
})

test('a summary of whole days counts everything once, under operation, day, app and surface', async () => {
  const summary = await summarize('01T00:00', '20T00:00')
  // Each day: 8.8 in the app, 16 outside, 40 in the editor; 6 were refunded on the 12th.
  expect(summary.total).toBe(credits(188.4))
  expect(summary.byOperation).toEqual([
    { operation: 'editor.chat.fast', total: credits(120), charges: 3 },
    { operation: 'web.extract', total: credits(68.4), charges: 6 },
  ])
  expect(summary.byDay).toEqual([
    { day: '2026-04-10', total: credits(64.8) },
    { day: '2026-04-11', total: credits(64.8) },
    { day: '2026-04-12', total: credits(58.8) },
  ])
  expect(summary.byApp).toEqual([
    { app: null, total: credits(162), charges: 6 },
    { app, total: credits(26.4), charges: 3 },
  ])
  expect(summary.bySurface).toEqual([
    { surface: 'editor', total: credits(120), charges: 3 },
    { surface: 'api', total: credits(42), charges: 3 },
    { surface: 'app', total: credits(26.4), charges: 3 },
  ])
})

// Charts and totals must never differ, especially on the day a period begins.
test.each([
  { name: 'a cut first day', from: '10T12:00', to: '12T00:00', total: 56 + 64.8 },
  { name: 'a cut last day', from: '10T00:00', to: '12T14:00', total: 64.8 * 2 + 8.8 },
  { name: 'a cut last day with a refund in it', from: '10T00:00', to: '12T14:01', total: 64.8 * 2 + 18.8 },
  { name: 'both days cut', from: '10T12:00', to: '12T12:00', total: 56 + 64.8 + 8.8 },
  { name: 'a part of one day', from: '11T10:00', to: '11T18:00', total: 24.8 },
  { name: 'an empty range', from: '11T10:00', to: '11T10:00', total: 0 },
  { name: 'up to now and beyond', from: '12T00:00', to: '12T19:30', total: 58.8 },
])('a summary is exact for $name', async ({ from, to, total }) => {
  const summary = await summarize(from, to)
  expect(summary.total).toBe(Math.round(total * 1_000))
  expect(summary.byDay.reduce((sum, day) => sum + day.total, 0)).toBe(summary.total)
  for (const view of USAGE_VIEWS) {
    const days = await usageByDay(scenario.ctx, {
      accountId: account.accountId,
      from: at(from),
      to: at(to),
      view,
    })
    const totalOf = (rows: typeof days) => sum(rows.map((row) => row.total))
    const byDay = summary.byDay.map(({ day }) => ({
      day,
      total: totalOf(days.filter((row) => row.day === day)),
    }))
    expect(totalOf(days), view).toBe(summary.total)
    expect(byDay, view).toEqual(summary.byDay)
  }
})

test.each([
  {
    view: 'operation',
    days: [
      { key: 'editor.chat.fast', total: credits(40) },
      { key: 'web.extract', total: credits(18.8) },
    ],
  },
  {
    view: 'app',
    days: [
      { key: null, total: credits(50) },
      { key: 'the app', total: credits(8.8) },
    ],
  },
  {
    view: 'surface',
    days: [
      { key: 'api', total: credits(10) },
      { key: 'app', total: credits(8.8) },
      { key: 'editor', total: credits(40) },
    ],
  },
] as const)('charts get each whole day’s usage by $view, net of refunds', async ({ view, days }) => {
  const found = await usageByDay(scenario.ctx, {
    accountId: account.accountId,
    from: at('12T00:00'),
    to: at('12T20:00'),
    view,
  })
  expect(found).toEqual(
    days.map(({ key, total }) => ({ day: '2026-04-12', key: key === 'the app' ? app : key, total })),
  )
})

test.each([
  { only: { operation: 'web.extract', appId: null, surface: null }, total: 3 * 24.8 - 6 },
  { only: { operation: null, appId: null, surface: 'editor' }, total: 120 },
  { only: { operation: 'editor.chat.fast', appId: null, surface: 'api' }, total: 0 },
] as const)('charts show only the requested usage: $only', async ({ only, total }) => {
  const range = { from: at('01T00:00'), to: at('20T00:00') }
  const found = await usageByDay(scenario.ctx, {
    accountId: account.accountId,
    ...range,
    view: 'operation',
    only,
  })
  expect(found.reduce((sum, day) => sum + day.total, 0)).toBe(Math.round(total * 1_000))
})

test('the apps that an account has used are listed by name', async () => {
  const apps = await listUsedApps(scenario.ctx, account.accountId)
  expect(apps).toEqual([{ id: app, name: 'App story-studio', slug: 'story-studio' }])
})

test('an app that has only held credits is listed while it holds them', async () => {
  const { accountId, user } = await newAccount(scenario)
  const use = { user, app: 'story-studio', operation: 'web.extract', usage: { pages: 1 }, ...PLAIN }
  const { value: hold } = await holdUse(scenario.ctx, {
    ...use,
    idempotencyKey: newKey(),
    limit: null,
    expiresInSeconds: null,
  })
  expect(await listUsedApps(scenario.ctx, accountId)).toMatchObject([{ name: 'App story-studio' }])
  await releaseUse(scenario.ctx, { holdId: hold.id, idempotencyKey: newKey() })
  expect(await listUsedApps(scenario.ctx, accountId)).toEqual([])
})
