import { afterAll, beforeAll, expect, test } from 'vitest'
import { NotFound } from '@/lib/errors'
import { paySuper } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, type Scenario } from '@/lib/testing/scenario'
import { ADVISED_CHARGES_MAX, adviseUsage } from './advise-usage'
import { charge, newApp, refund } from './scenario.test-support'

let scenario: Scenario
let account: { accountId: string; user: string }
let app: string
afterAll(() => scenario.close())

const advise = (from: string | null = null, to: string | null = null) =>
  adviseUsage(scenario.ctx, {
    accountId: account.accountId,
    from: from === null ? null : new Date(from),
    to: to === null ? null : new Date(to),
  })

/** On the standard tier 5 × 0.5 + 2 × 2 = 6.5; on the advanced tier 5 × 2 + 2 × 8 = 26. */
const TEXT = { inputTokens: 5_000, outputTokens: 2_000 }

beforeAll(async () => {
  scenario = await createScenario('2026-05-01T09:00:00Z')
  const creator = await newAccount(scenario)
  account = await newAccount(scenario)
  app = await newApp(scenario, creator.accountId, 'story-studio')
  const period = { start: scenario.clock.now(), end: new Date('2026-06-01T09:00:00Z') }
  await paySuper(scenario.ctx, { accountId: account.accountId, period })
  await charge(scenario, account.user, { operation: 'ai.advanced', usage: TEXT })
  scenario.clock.moveTo('2026-05-02T09:00:00Z')
  await charge(scenario, account.user, { operation: 'ai.advanced', usage: TEXT, app: 'story-studio' })
  const half = await charge(scenario, account.user, { operation: 'ai.advanced', usage: TEXT })
  await refund(scenario, half, 13)
  const whole = await charge(scenario, account.user, { operation: 'ai.advanced', usage: TEXT })
  await refund(scenario, whole, 26)
  await charge(scenario, account.user, { operation: 'image.advanced', usage: { images: 2 } })
  scenario.clock.moveTo('2026-05-03T09:00:00Z')
  for (const fingerprint of ['a', 'b', 'a', 'a', 'c']) await charge(scenario, account.user, { fingerprint })
  for (const fingerprint of ['a', 'b', 'b']) {
    await charge(scenario, account.user, { fingerprint, app: 'story-studio' })
  }
})

test('advice prices the same usage on the standard tier as a receipt would, including premium and refunds', async () => {
  const { tiers } = await advise()
  expect(tiers).toEqual([
    {
      operation: 'image.advanced',
      alternative: 'image.standard',
      uses: 1,
      paid: credits(300),
      wouldBe: credits(100),
      saved: credits(200),
    },
    // 26, then 28.6 in another creator's app, then 13 after a refund; a fully refunded one would have saved nothing.
    {
      operation: 'ai.advanced',
      alternative: 'ai.standard',
      uses: 3,
      paid: credits(67.6),
      wouldBe: credits(6.5 + 7.15 + 6.5),
      saved: credits(47.45),
    },
  ])
})

test('advice counts all but the first of identical requests to one operation in one app', async () => {
  const { repeats, hasFingerprints } = await advise()
  expect(hasFingerprints).toBe(true)
  expect(repeats).toEqual([
    { operation: 'web.extract', appId: null, requests: 1, repeats: 2, saved: credits(16) },
    { operation: 'web.extract', appId: app, requests: 1, repeats: 1, saved: credits(8.8) },
  ])
})

test('advice counts only the requested range', async () => {
  expect(await advise('2026-05-02T00:00:00Z', '2026-05-03T00:00:00Z')).toMatchObject({
    tiers: [{ operation: 'image.advanced' }, { operation: 'ai.advanced', uses: 2 }],
    repeats: [],
    looked: 4,
    hasMore: false,
    hasFingerprints: false,
  })
  expect(await advise('2026-05-04T00:00:00Z')).toMatchObject({ tiers: [], repeats: [], looked: 0 })
})

test('advice reads only the newest charges and says if there are more', async () => {
  const heavy = await newAccount(scenario)
  // A heavy account's rows, written as the ledger would write them: this test only reads.
  await scenario.ctx.pool.query(
    `insert into charges (account_id, at, id, operation, usage, base, premium, price_version, premium_bps, grant_ids,
       grant_amounts, balance_after)
     select $1, $2::timestamptz + n * interval '1 second', gen_random_uuid(), 'ai.advanced',
       '{"inputTokens": 5000, "outputTokens": 2000}', 26000, 0, 1, 0, '{}', '{}', 0
     from generate_series(1, $3) n`,
    [heavy.accountId, '2026-05-01T00:00:00Z', ADVISED_CHARGES_MAX + 10],
  )
  const advice = await adviseUsage(scenario.ctx, { accountId: heavy.accountId, from: null, to: null })
  expect(advice).toMatchObject({ looked: ADVISED_CHARGES_MAX, hasMore: true })
  expect(advice.tiers).toMatchObject([
    { uses: ADVISED_CHARGES_MAX, saved: credits(19.5 * ADVISED_CHARGES_MAX) },
  ])
})

test('advice includes a new charge or refund immediately', async () => {
  const { accountId, user } = await newAccount(scenario)
  const ask = async () => (await adviseUsage(scenario.ctx, { accountId, from: null, to: null })).repeats
  const first = await charge(scenario, user, { fingerprint: 'a' })
  expect(await ask()).toEqual([])
  const again = await charge(scenario, user, { fingerprint: 'a' })
  expect(await ask()).toMatchObject([{ repeats: 1, saved: credits(8) }])
  await refund(scenario, again, 3)
  expect(await ask()).toMatchObject([{ repeats: 1, saved: credits(5) }])
  await refund(scenario, first, 3)
  expect(await ask()).toMatchObject([{ repeats: 1, saved: credits(5) }])
})

test('advice on another person’s usage is refused', async () => {
  const other = await newAccount(scenario)
  const ctx = { ...scenario.ctx, caller: { kind: 'user', userId: other.accountId } } as const
  await expect(adviseUsage(ctx, { accountId: account.accountId, from: null, to: null })).rejects.toThrow(
    NotFound,
  )
})
