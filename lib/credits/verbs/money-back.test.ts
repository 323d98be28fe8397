import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HOUR_MS } from '@/lib/clock'
import { moneyBackTarget } from '@/lib/credits/book/money-back'
import { newUuid } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { buyPack, returnMoney } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { getBalance } from './get-balance'
import { revokeGrant } from './grant-credits'
import { refundCharge } from './refund-charge'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const newIdempotency = () => ({ key: newKey(), fingerprint: newUuid() })
const toCredits = (amount: number) => amount / 1_000

/** An account that bought 2,000 credits for $6 and spent its whole allowance and `spent` of the pack. */
async function buyer(spent: number) {
  const { accountId, user } = await newAccount(scenario)
  const pack = await buyPack(scenario.ctx, { accountId, amount: credits(2_000) })
  const { value: charge } = await chargeUse(scenario.ctx, {
    user,
    operation: 'image.standard',
    usage: { images: (1_000 + spent) / 50 },
    idempotencyKey: newKey(),
    ...PLAIN,
  })
  const returned = (cents: number) => returnMoney(scenario.ctx, { accountId, grant: pack, returned: cents })
  const refundCredits = (amount: number) =>
    refundCharge(scenario.ctx, {
      accountId,
      chargeId: charge.id,
      amount: credits(amount),
      reason: 'test',
      idempotency: newIdempotency(),
    })
  const takenByHand = () =>
    revokeGrant(scenario.ctx, {
      accountId,
      grantId: pack.id,
      reason: 'by hand',
      idempotency: newIdempotency(),
    })
  const history = async () => {
    const { rows } = await scenario.ctx.pool.query(
      'select money, credits, revoked, shortfall from money_back where account_id = $1 order by at, id',
      [accountId],
    )
    return rows.map(({ money, ...amounts }) => [money, ...Object.values<number>(amounts).map(toCredits)])
  }
  return { accountId, returned, refundCredits, takenByHand, history }
}

test('returned money recorded by a process whose clock is behind is ordered after earlier records', async () => {
  const { returned, refundCredits, history } = await buyer(2_000)
  await returned(600)
  scenario.clock.advance(-HOUR_MS)
  try {
    await refundCredits(400)
    expect(await history()).toEqual([
      [600, 2_000, 0, 2_000],
      [0, 0, 400, -400],
    ])
    expect(await returned(0)).toMatchObject({ revoked: 0, shortfall: 0, remaining: credits(400) })
  } finally {
    scenario.clock.advance(HOUR_MS)
  }
})

test('returning half the money of 2,000 credits with 1,500 spent revokes 500 and leaves a shortfall of 500', async () => {
  const { accountId, returned } = await buyer(1_500)
  expect(await returned(300)).toMatchObject({ revoked: credits(500), shortfall: credits(500), remaining: 0 })
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(0)
})

test('reporting the same returned money again changes nothing', async () => {
  const { returned } = await buyer(500)
  const first = await returned(150)
  expect(await returned(150)).toEqual(first)
})

test('credits freed later onto the grant pay off its shortfall first', async () => {
  const { accountId, returned, refundCredits } = await buyer(1_500)
  await returned(300)
  await refundCredits(600)
  const { packs } = await getBalance(scenario.ctx, accountId)
  expect(packs.remaining).toBe(credits(100))
})

test('a failed refund undoes the shortfall first, then restores revoked credits', async () => {
  const { accountId, returned } = await buyer(1_500)
  await returned(300)
  expect(await returned(150)).toMatchObject({ revoked: credits(500), shortfall: 0 })
  expect(await returned(0)).toMatchObject({ revoked: 0, shortfall: 0, remaining: credits(500) })
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(credits(500))
})

describe('credits revoked by hand', () => {
  test('count towards returned money, which leaves no shortfall', async () => {
    const { accountId, returned, takenByHand } = await buyer(500)
    await takenByHand()
    expect(await returned(450)).toMatchObject({ revoked: credits(1_500), shortfall: 0, remaining: 0 })
    expect(await returned(600)).toMatchObject({ revoked: credits(1_500), shortfall: credits(500) })
    expect((await getBalance(scenario.ctx, accountId)).available).toBe(0)
  })

  test.each(['before', 'after'])(
    'count before other credits, even if a charge is refunded %s the money',
    async (when) => {
      const { returned, refundCredits, takenByHand } = await buyer(500)
      await takenByHand()
      if (when === 'before') await refundCredits(500)
      await returned(450)
      if (when === 'after') await refundCredits(500)
      expect(await returned(450)).toMatchObject({ revoked: credits(1_500), remaining: credits(500) })
    },
  )

  test('stay revoked when the refund of the money fails', async () => {
    const { returned, refundCredits, takenByHand } = await buyer(500)
    await takenByHand()
    await refundCredits(500)
    expect(await returned(600)).toMatchObject({ revoked: credits(2_000), remaining: 0 })
    expect(await returned(0)).toMatchObject({ revoked: credits(1_500), remaining: credits(500) })
  })
})

describe('a failed refund of money leaves the grant as if the refund had never happened', () => {
  test('even if it revoked nothing because all was revoked by hand before', async () => {
    const { accountId, returned, takenByHand } = await buyer(0)
    await returned(300)
    await takenByHand()
    await returned(600)
    expect(await returned(300)).toMatchObject({ revoked: credits(2_000), remaining: 0 })
    expect((await getBalance(scenario.ctx, accountId)).available).toBe(0)
    expect(await returned(0)).toMatchObject({ revoked: credits(1_000), remaining: credits(1_000) })
  })

  test.each([
    ['nothing else happened', 500, []],
    ['some credits were short', 1_500, []],
    ['some of the shortfall was paid off later', 1_800, [300, 'free']],
    ['the rest was revoked by hand', 500, [150, 'hand']],
    ['all was revoked by hand first', 500, ['hand']],
    ['credits freed later were not revoked by hand', 500, ['hand', 'free', 450]],
  ])('after other failed refunds too: %s', async (_, spent, before) => {
    const straight = await buyer(spent)
    const winding = await buyer(spent)
    for (const { returned, refundCredits, takenByHand } of [straight, winding]) {
      for (const step of before) {
        if (step === 'hand') await takenByHand()
        else if (step === 'free') await refundCredits(200)
        else await returned(Number(step))
      }
    }
    const last = Number(before.findLast((step) => typeof step === 'number') ?? 0)
    for (const cents of [last + 149, last + 50, last + 150, 600, last + 101, 600])
      await winding.returned(cents)
    for (const cents of [last + 100, 0]) {
      const { remaining, revoked, shortfall, moneyBack } = await straight.returned(cents)
      expect(await winding.returned(cents)).toMatchObject({ remaining, revoked, shortfall, moneyBack })
    }
  })
})

test('each change in returned money is recorded with its shortfall and cannot be rewritten', async () => {
  const { returned, refundCredits, history } = await buyer(1_500)
  await returned(300)
  await returned(300)
  await refundCredits(200)
  await returned(600)
  await returned(0)
  expect(await history()).toEqual([
    [300, 1_000, 500, 500],
    [0, 0, 200, -200],
    [300, 1_000, 0, 1_000],
    [-600, -2_000, -700, -1_300],
  ])
})

test.each([
  [2_000, 0, 600, 0],
  [2_000, 1, 600, 3.334],
  [2_000, 300, 600, 1_000],
  [2_000, 600, 600, 2_000],
  [2_000, 900, 600, 2_000],
])('of %d credits, returning %d of %d cents takes back %d', (granted, returned, paid, target) => {
  expect(moneyBackTarget(credits(granted), returned, paid)).toBe(Math.round(target * 1_000))
})
