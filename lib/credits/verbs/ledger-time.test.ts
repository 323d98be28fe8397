import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/clock'
import { newUuid } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { getBalance } from './get-balance'
import { grantCredits } from './grant-credits'
import { getHold } from './list-holds'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const use = (user: string, pages: number) => ({
  user,
  operation: 'web.extract',
  usage: { pages },
  idempotencyKey: newKey(),
  ...PLAIN,
})

const hold = async (user: string, pages: number, expiresInSeconds: number | null = null) =>
  (await holdUse(scenario.ctx, { ...use(user, pages), limit: null, expiresInSeconds })).value

const capture = (holdId: string, pages: number) =>
  captureUse(scenario.ctx, { holdId, idempotencyKey: newKey(), usage: { pages } })

const give = (accountId: string, amount: number, expiresInMs: number) =>
  grantCredits(scenario.ctx, {
    accountId,
    amount: credits(amount),
    reason: 'test',
    expiresAt: new Date(scenario.clock.now().getTime() + expiresInMs),
    idempotency: { key: newKey(), fingerprint: newUuid() },
  })

const entriesOf = async (accountId: string) => {
  const { rows } = await scenario.ctx.pool.query(
    `select kind, amount, effective_at from entries where account_id = $1 and kind <> 'grant' order by at`,
    [accountId],
  )
  return rows
}

test('credits that a capture frees expire with their grant, even if the hold would have lasted longer', async () => {
  const { accountId, user } = await newAccount(scenario)
  await give(accountId, 80, HOUR_MS)
  const { id } = await hold(user, 10, 86_400) // the whole promo
  await give(accountId, 1, DAY_MS) // a write that recomputes the next due instant
  await capture(id, 2)
  scenario.clock.advance(2 * HOUR_MS)
  const { value } = await chargeUse(scenario.ctx, use(user, 1))
  expect(value.balanceAfter).toBe(credits(993)) // 1,000 + 1 − 8; the promo's 64 are gone
  expect(await getBalance(scenario.ctx, accountId)).toMatchObject({ available: credits(993) })
})

test('an expired grant loses its remaining credits at the expiry and its held credits when their hold ends', async () => {
  const { accountId, user } = await newAccount(scenario)
  const start = scenario.clock.now().getTime()
  await give(accountId, 80, HOUR_MS)
  await hold(user, 4, 7_200)
  scenario.clock.advance(3 * HOUR_MS)
  await chargeUse(scenario.ctx, use(user, 1))
  expect(await entriesOf(accountId)).toEqual([
    { kind: 'expire', amount: -credits(48), effective_at: new Date(start + HOUR_MS) },
    { kind: 'expire', amount: -credits(32), effective_at: new Date(start + 2 * HOUR_MS) },
  ])
})

test('account time never goes backwards: movements stay in order after a clock jumps back', async () => {
  const { accountId, user } = await newAccount(scenario)
  const { value: before } = await chargeUse(scenario.ctx, use(user, 1))
  scenario.clock.advance(-5 * HOUR_MS)
  const after = await Promise.all([1, 2, 3].map((pages) => chargeUse(scenario.ctx, use(user, pages))))
  const instants = after.map((outcome) => outcome.value.at).sort((left, right) => left - right)
  expect(instants).toEqual([1, 2, 3].map((step) => before.at + step))
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(credits(944))
  scenario.clock.advance(5 * HOUR_MS)
})

test('a hold made while the clock is behind the account lasts its full time in account time', async () => {
  const { user } = await newAccount(scenario)
  await chargeUse(scenario.ctx, use(user, 1))
  const accountNow = scenario.clock.now().getTime()
  scenario.clock.advance(-HOUR_MS)
  const made = await hold(user, 1, 600)
  expect(made.expiresAt).toEqual(new Date(accountNow + 10 * MINUTE_MS))
  expect(made.createdAt).toEqual(new Date(accountNow))
  await chargeUse(scenario.ctx, use(user, 1))
  expect((await getHold(scenario.ctx, made.id)).status).toBe('open')
  scenario.clock.advance(HOUR_MS)
})

test('credits that a capture frees onto a grant that has expired in account time are lost, regardless of the clock', async () => {
  const { accountId, user } = await newAccount(scenario)
  await give(accountId, 80, HOUR_MS)
  const { id } = await hold(user, 10, 86_400)
  scenario.clock.advance(2 * HOUR_MS)
  await chargeUse(scenario.ctx, use(user, 1))
  scenario.clock.advance(-90 * MINUTE_MS)
  await capture(id, 1)
  await expect(chargeUse(scenario.ctx, use(user, 125))).rejects.toMatchObject({
    facts: { available: credits(992) },
  })
  scenario.clock.advance(90 * MINUTE_MS)
})

test('releasing a hold makes a live grant’s credits available again but not an expired grant’s', async () => {
  const { accountId, user } = await newAccount(scenario)
  await give(accountId, 80, HOUR_MS)
  const { id } = await hold(user, 20, 86_400) // 80 of the promo, 80 of the allowance
  scenario.clock.advance(2 * HOUR_MS)
  await releaseUse(scenario.ctx, { holdId: id, idempotencyKey: newKey() })
  expect(await getBalance(scenario.ctx, accountId)).toMatchObject({ available: credits(1_000), held: 0 })
})

test('a capture that frees credits onto an expired grant records the charge before the expiry, each with its balance', async () => {
  const { accountId, user } = await newAccount(scenario)
  await give(accountId, 80, HOUR_MS)
  const { id } = await hold(user, 10, 86_400)
  scenario.clock.advance(2 * HOUR_MS)
  const { value } = await capture(id, 2)
  expect(value.balanceAfter).toBe(credits(1_064)) // with the promo's 64, which the next entry removes
  const { rows } = await scenario.ctx.pool.query(
    `select amount, balance_after from entries where account_id = $1 and kind = 'expire' order by at`,
    [accountId],
  )
  expect(rows).toEqual([{ amount: -credits(64), balance_after: credits(1_000) }])
})
