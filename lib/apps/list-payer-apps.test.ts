import { afterAll, beforeAll, expect, test } from 'vitest'
import { setBudget } from '@/lib/credits/verbs/set-budget'
import { NotFound } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { createScenario, credits, newAccount, type Scenario } from '@/lib/testing/scenario'
import { charge, newApp } from '@/lib/usage/scenario.test-support'
import { issueAppToken, revokeConsent } from './app-tokens'
import { listPayerApps } from './list-payer-apps'

let scenario: Scenario
let payer: { accountId: string; user: string }
let studio: string
afterAll(() => scenario.close())

beforeAll(async () => {
  scenario = await createScenario('2026-04-01T00:00:00Z')
  const creator = await newAccount(scenario)
  payer = await newAccount(scenario)
  studio = await newApp(scenario, creator.accountId, 'story-studio')
  await newApp(scenario, payer.accountId, 'my-notes')
  await newApp(scenario, creator.accountId, 'never-used')
  scenario.clock.moveTo('2026-04-10T10:00:00Z')
  await charge(scenario, payer.user, { pages: 5, app: 'story-studio' })
  await charge(scenario, payer.user, { pages: 1, app: 'my-notes' })
})

const list = () => listPayerApps(scenario.ctx, payer.accountId)

test('a payer’s apps are listed with this period’s spending, including the premium', async () => {
  const { apps, resetsAt } = await list()
  expect(apps).toMatchObject([
    { app: { slug: 'story-studio' }, isOwn: false, consent: 'none', spent: credits(44), monthlyLimit: null },
    { app: { slug: 'my-notes' }, isOwn: true, consent: 'none', spent: credits(8), paused: false },
  ])
  expect(resetsAt).toEqual(new Date('2026-05-01T00:00:00Z'))
})

test('a payer’s apps show spending against each budget, and consent when given and when revoked', async () => {
  const { accountId, user } = payer
  await setBudget(scenario.ctx, { accountId, appId: studio, monthlyLimit: credits(50), paused: true })
  await issueAppToken(scenario.ctx, { app: publicId('app', studio), user })
  expect((await list()).apps[0]).toMatchObject({
    consent: 'given',
    spent: credits(44),
    monthlyLimit: credits(50),
    paused: true,
  })
  await revokeConsent(scenario.ctx, { app: publicId('app', studio), user })
  expect((await list()).apps[0]).toMatchObject({ consent: 'revoked' })
})

test('a new period starts with nothing spent in any app', async () => {
  scenario.clock.moveTo('2026-05-02T00:00:00Z')
  expect((await list()).apps.map(({ spent }) => spent)).toEqual([0, 0])
})

test('a payer’s apps are visible only to the payer', async () => {
  const other = await newAccount(scenario)
  const ctx = { ...scenario.ctx, caller: { kind: 'user', userId: other.accountId } } as const
  await expect(listPayerApps(ctx, payer.accountId)).rejects.toBeInstanceOf(NotFound)
})
