import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { withSecondVersion } from '@/lib/catalog/two-versions.test-support'
import { knowCatalogs } from '@/lib/catalogs/current'
import { knowDefault } from '@/lib/catalogs/keep-default'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { createScenario, credits, newAccount, type Scenario } from '@/lib/testing/scenario'
import { ownPriceChange } from './own-price-change'
import { charge, newApp, refund } from './scenario.test-support'
import { summarizeUsage } from './summarize-usage'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario('2026-11-10T09:00:00Z')
})
beforeEach(() => knowCatalogs(withSecondVersion()))
afterAll(async () => {
  knowDefault()
  await scenario.close()
})

/** Makes a day of uses at the first prices. From the next day, the day is in the range. */
async function lived() {
  const [person, creator] = [await newAccount(scenario), await newAccount(scenario)]
  const app = publicId('app', await newApp(scenario, creator.accountId, `app-${person.user.slice(-8)}`))
  await charge(scenario, person.user, { pages: 10 })
  await charge(scenario, person.user, { pages: 20, app })
  const refunded = await charge(scenario, person.user, { pages: 4 })
  await refund(scenario, refunded, 16)
  await charge(scenario, person.user, { operation: 'speech.tts', usage: { characters: 1_000 } })
  scenario.clock.advance(DAY_MS)
  return { person, creator }
}

it('an announced price change is shown as what a person’s own charges would have cost, net of refunds, by operation', async () => {
  const { person } = await lived()
  const { ctx } = scenario
  const found = await ownPriceChange(ctx, { accountId: person.accountId, side: 'paid' })
  // Pages cost 9 instead of 8, and the premium is 12 % instead of 10 %. Half of the third use was refunded. Speech ends.
  const [before, after] = [credits(80 + 176 + 16), credits(90 + 201.6 + 18)]
  expect(found).toMatchObject({ version: 2, effectiveAt: new Date('2026-12-01T00:00:00Z') })
  expect(found?.figures).toMatchObject({
    total: { before, after },
    operations: [{ operation: 'web.extract', before, after }],
    unpriced: 1,
  })
  const { from, to } = found?.figures ?? { from: new Date(0), to: new Date(0) }
  const summary = await summarizeUsage(ctx, { accountId: person.accountId, from, to })
  expect(summary.byOperation.find(({ operation }) => operation === 'web.extract')?.total).toBe(before)
})

it('an announced price change is shown as what a creator would have earned', async () => {
  const { creator } = await lived()
  const found = await ownPriceChange(scenario.ctx, { accountId: creator.accountId, side: 'earned' })
  expect(found?.figures?.total).toEqual({ before: credits(16), after: credits(21.6) })
})

it('a person’s figure for a price change is absent without use or an announced change, and refused to somebody else', async () => {
  const { ctx } = scenario
  const { accountId } = await newAccount(scenario)
  expect(await ownPriceChange(ctx, { accountId, side: 'paid' })).toMatchObject({ figures: null })
  const stranger: Context = {
    ...ctx,
    caller: { kind: 'user', userId: (await newAccount(scenario)).accountId },
  }
  await expect(ownPriceChange(stranger, { accountId, side: 'paid' })).rejects.toBeInstanceOf(NotFound)
  knowDefault()
  expect(await ownPriceChange(ctx, { accountId, side: 'paid' })).toBeNull()
})
