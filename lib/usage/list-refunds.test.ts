import { afterAll, beforeAll, expect, test } from 'vitest'
import { MINUTE_MS } from '@/lib/clock'
import { NotFound } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { dateFromMicros } from '@/lib/instant'
import { createScenario, credits, newAccount, type Scenario } from '@/lib/testing/scenario'
import { viewCharge } from './charge-view'
import { listRefunds } from './list-refunds'
import { charge, refund } from './scenario.test-support'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario('2026-04-10T10:00:00Z')
})
afterAll(() => scenario.close())

test('the refunds of a charge have time, amount and reason, are listed newest first and add up to the refunded total', async () => {
  const { user } = await newAccount(scenario)
  const spent = await charge(scenario, user, { pages: 3 })
  await refund(scenario, await charge(scenario, user), 1, 'another charge')
  scenario.clock.moveTo('2026-04-10T11:00:00Z')
  await refund(scenario, spent, 5, 'the page was empty')
  scenario.clock.advance(5 * MINUTE_MS)
  await refund(scenario, spent, 4.5, 'asked support')
  const refunds = await listRefunds(scenario.ctx, spent.id)
  expect(refunds.map(({ at, amount, reason }) => [dateFromMicros(at).toISOString(), amount, reason])).toEqual(
    [
      ['2026-04-10T11:05:00.000Z', credits(4.5), 'asked support'],
      ['2026-04-10T11:00:00.000Z', credits(5), 'the page was empty'],
    ],
  )
  expect((await viewCharge(scenario.ctx, spent)).refunded).toBe(credits(9.5))
})

test('listRefunds of a charge without refunds is empty', async () => {
  const { user } = await newAccount(scenario)
  expect(await listRefunds(scenario.ctx, (await charge(scenario, user)).id)).toEqual([])
})

test("listing refunds of an unknown or another person's charge is refused with NotFound", async () => {
  const { user } = await newAccount(scenario)
  const other = await newAccount(scenario)
  const spent = await charge(scenario, user)
  await refund(scenario, spent, 1)
  const asOther = { ...scenario.ctx, caller: { kind: 'user', userId: other.accountId } as const }
  await expect(listRefunds(asOther, spent.id)).rejects.toBeInstanceOf(NotFound)
  await expect(listRefunds(scenario.ctx, newUuid())).rejects.toBeInstanceOf(NotFound)
})
