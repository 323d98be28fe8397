import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, SECOND_MS } from '@/lib/clock'
import {
  HoldClosed,
  IdempotencyConflict,
  InsufficientCredits,
  InvalidRequest,
  PlanRequired,
} from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { type ChargeRequest, chargeUse } from '@/lib/metering/charge-use'
import { captureUse, extendUse, type HoldRequest, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { getBalance } from './get-balance'
import { grantCredits, revokeGrant } from './grant-credits'
import { getHold } from './list-holds'
import { refundCharge } from './refund-charge'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

/** A page costs 8 credits. */
const pages = (user: string, count: number, key = newKey()): ChargeRequest => ({
  user,
  operation: 'web.extract',
  usage: { pages: count },
  idempotencyKey: key,
  ...PLAIN,
})

const holdPages = (user: string, count: number, more: Partial<HoldRequest> = {}): HoldRequest => ({
  ...pages(user, count),
  limit: null,
  expiresInSeconds: null,
  ...more,
})

const chargePages = (user: string, count: number, key?: string) =>
  chargeUse(scenario.ctx, pages(user, count, key))

const grantCreditsAsStaff = (
  accountId: string,
  amount: number,
  expiresAt: Date | null = null,
  key = newKey(),
) =>
  grantCredits(scenario.ctx, {
    accountId,
    amount: credits(amount),
    reason: 'test',
    expiresAt,
    idempotency: { key, fingerprint: '00000000-0000-0000-0000-000000000000' },
  })

const refund = (accountId: string, chargeId: string, amount: number | null, key = newKey()) =>
  refundCharge(scenario.ctx, {
    accountId,
    chargeId,
    reason: 'test',
    amount: amount === null ? null : credits(amount),
    idempotency: { key, fingerprint: '00000000-0000-0000-0000-000000000000' },
  })

test('a new account has the whole Free allowance until its next anniversary', async () => {
  const { accountId } = await newAccount(scenario)
  const balance = await getBalance(scenario.ctx, accountId)
  expect(balance.available).toBe(credits(1_000))
  expect(balance.allowance).toMatchObject({
    limit: credits(1_000),
    used: 0,
    held: 0,
    remaining: credits(1_000),
  })
  expect(balance.allowance.periodStart).toEqual(new Date('2026-03-10T00:00:00Z'))
  expect(balance.allowance.resetsAt).toEqual(new Date('2026-04-10T00:00:00Z'))
})

test('a charge takes its price once, and a repeated key returns the same charge', async () => {
  const { accountId, user } = await newAccount(scenario)
  const first = await chargePages(user, 3, 'same')
  const again = await chargePages(user, 3, 'same')
  expect(again).toEqual({ value: first.value, replayed: true })
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(credits(976))
})

test('reusing a key for another request is a conflict that names the first object and moves nothing', async () => {
  const { accountId, user } = await newAccount(scenario)
  const { value } = await chargePages(user, 1, 'k')
  const conflict = await chargePages(user, 2, 'k').catch((error: unknown) => error)
  expect(conflict).toBeInstanceOf(IdempotencyConflict)
  expect((conflict as IdempotencyConflict).existing).toBe(publicId('charge', value.id))
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(credits(992))
})

test('a refusal states the missing credits and stores nothing, and its key can be used again', async () => {
  const { accountId, user } = await newAccount(scenario)
  const refused = await chargePages(user, 126, 'later').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(InsufficientCredits)
  expect((refused as InsufficientCredits).facts).toMatchObject({
    required: credits(1_008),
    available: credits(1_000),
  })
  expect((refused as InsufficientCredits).shortfall).toBe(credits(8))
  await grantCreditsAsStaff(accountId, 8)
  expect((await chargePages(user, 126, 'later')).replayed).toBe(false)
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(0)
})

test('advanced operations need Super regardless of the balance, and the refusal offers an upgrade or a cheaper operation', async () => {
  const { user } = await newAccount(scenario)
  const refused = await chargeUse(scenario.ctx, {
    user,
    operation: 'ai.advanced',
    usage: { inputTokens: 10 },
    idempotencyKey: newKey(),
    ...PLAIN,
  }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(PlanRequired)
  const kinds = (refused as PlanRequired).options.map((option) => option.kind)
  expect(kinds).toEqual(['upgrade', 'cheaper_operation'])
})

test('an account keeps the tiers its plan had when it began, even if the catalogue changes the plan later', async () => {
  const [more, fewer] = [await newAccount(scenario), await newAccount(scenario)]
  const setTiers = (accountId: string, tiers: string[]) =>
    scenario.ctx.pool.query('update wallets set tiers = $2 where account_id = $1', [accountId, tiers])
  await setTiers(more.accountId, ['standard', 'advanced'])
  await setTiers(fewer.accountId, [])
  const advanced = { operation: 'ai.advanced', usage: { inputTokens: 10 } }
  const charged = await chargeUse(scenario.ctx, { ...pages(more.user, 1), ...advanced })
  expect(charged.value.operation).toBe('ai.advanced')
  const held = await holdUse(scenario.ctx, { ...holdPages(more.user, 1), ...advanced })
  expect(held.value.status).toBe('open')
  await expect(chargePages(fewer.user, 1)).rejects.toBeInstanceOf(PlanRequired)
  await expect(holdUse(scenario.ctx, holdPages(fewer.user, 1))).rejects.toBeInstanceOf(PlanRequired)
})

test('the grant that expires soonest is spent first, the allowance before a promo with the same expiry, and packs and undated grants last', async () => {
  const { accountId, user } = await newAccount(scenario)
  const sooner = await grantCreditsAsStaff(accountId, 10, new Date(scenario.clock.now().getTime() + DAY_MS))
  const tied = await grantCreditsAsStaff(accountId, 10, new Date('2026-04-10T00:00:00Z'))
  const undated = await grantCreditsAsStaff(accountId, 24)
  const { value } = await chargePages(user, 130) // 1,040 = 10 + 1,000 + 10 + 20
  expect(value.parts.map((part) => part.amount)).toEqual([10, 1_000, 10, 20].map(credits))
  expect([value.parts[0], value.parts[2], value.parts[3]].map((part) => part?.grantId)).toEqual(
    [sooner, tied, undated].map((grant) => grant.value.id),
  )
})

test('every path spends the allowance before an older promo with the same expiry', async () => {
  const own = await createScenario()
  try {
    const { accountId, user } = await newAccount(own)
    const { value: promo } = await grantCredits(own.ctx, {
      accountId,
      amount: credits(100),
      reason: 'test',
      expiresAt: new Date('2026-05-10T00:00:00Z'),
      idempotency: { key: newKey(), fingerprint: '00000000-0000-0000-0000-000000000000' },
    })
    own.clock.moveTo('2026-04-11T00:00:00Z')
    // The new period is due, so the first charge takes the one-by-one path and the others a batch.
    await chargeUse(own.ctx, pages(user, 1))
    await Promise.all([1, 2].map(() => chargeUse(own.ctx, pages(user, 1))))
    await Promise.all([1, 2].map(() => holdUse(own.ctx, holdPages(user, 1))))
    const { rows } = await own.ctx.pool.query('select remaining from grants where id = $1', [promo.id])
    expect(rows).toEqual([{ remaining: credits(100) }])
  } finally {
    await own.close()
  }
})

test('of 1,000 concurrent charges of 8 credits on a balance of 1,000, exactly 125 are accepted and the balance ends at 0', async () => {
  const { accountId, user } = await newAccount(scenario)
  const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, () => chargePages(user, 1)))
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect(outcomes.length - refused.length).toBe(125)
  expect(refused.every((outcome) => outcome.reason instanceof InsufficientCredits)).toBe(true)
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(0)
})

test('200 keys sent concurrently one to five times each make 200 charges, and repeats return the same charge', async () => {
  const { accountId, user } = await newAccount(scenario)
  await grantCreditsAsStaff(accountId, 1_000)
  const sends = Array.from({ length: 200 }, (_, key) =>
    Array.from({ length: 1 + (key % 5) }, () => `at-once-${key}`),
  ).flat()
  const outcomes = await Promise.all(
    sends.map(async (key) => ({ key, ...(await chargePages(user, 1, key)) })),
  )
  expect(outcomes.filter((outcome) => !outcome.replayed)).toHaveLength(200)
  const idsByKey = new Map<string, Set<string>>()
  for (const { key, value } of outcomes) idsByKey.set(key, (idsByKey.get(key) ?? new Set()).add(value.id))
  expect([...idsByKey.values()].every((ids) => ids.size === 1)).toBe(true)
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(credits(400))
})

test('a hold reserves credits, and its capture charges the actual usage and releases the rest', async () => {
  const { accountId, user } = await newAccount(scenario)
  const { value: hold } = await holdUse(scenario.ctx, holdPages(user, 10))
  expect(await getBalance(scenario.ctx, accountId)).toMatchObject({
    available: credits(920),
    held: credits(80),
  })
  const captured = await captureUse(scenario.ctx, {
    holdId: hold.id,
    idempotencyKey: 'cap',
    usage: { pages: 4 },
  })
  expect(captured.value).toMatchObject({ base: credits(32), absorbed: 0, holdId: hold.id })
  expect(await getBalance(scenario.ctx, accountId)).toMatchObject({ available: credits(968), held: 0 })
  const again = await captureUse(scenario.ctx, {
    holdId: hold.id,
    idempotencyKey: 'cap',
    usage: { pages: 4 },
  })
  expect(again).toEqual({ value: captured.value, replayed: true })
  const other = captureUse(scenario.ctx, { holdId: hold.id, idempotencyKey: newKey(), usage: { pages: 4 } })
  await expect(other).rejects.toMatchObject({ code: 'hold_closed', holdStatus: 'captured' })
})

test('a capture never takes more than its limit or the available credits, and the rest is absorbed', async () => {
  const { accountId, user } = await newAccount(scenario)
  const limited = await holdUse(scenario.ctx, holdPages(user, 10, { limit: credits(100) }))
  const first = await captureUse(scenario.ctx, {
    holdId: limited.value.id,
    idempotencyKey: newKey(),
    usage: { pages: 20 },
  })
  expect(first.value).toMatchObject({ base: credits(160), absorbed: credits(60) })
  const open = await holdUse(scenario.ctx, holdPages(user, 10))
  const second = await captureUse(scenario.ctx, {
    holdId: open.value.id,
    idempotencyKey: newKey(),
    usage: { pages: 200 },
  })
  expect(second.value).toMatchObject({ base: credits(1_600), absorbed: credits(700) })
  expect(await getBalance(scenario.ctx, accountId)).toMatchObject({ available: 0, held: 0 })
})

test('a hold priced above its limit reserves the limit', async () => {
  const { user } = await newAccount(scenario)
  const { value } = await holdUse(scenario.ctx, holdPages(user, 10, { limit: credits(50) }))
  expect(value.amount).toBe(credits(50))
})

test('an open hold of 2 seconds is freed after 2 seconds without any job', async () => {
  const { accountId, user } = await newAccount(scenario)
  const { value } = await holdUse(scenario.ctx, holdPages(user, 125, { expiresInSeconds: 2 }))
  await expect(chargePages(user, 1)).rejects.toBeInstanceOf(InsufficientCredits)
  scenario.clock.advance(2 * SECOND_MS)
  expect(await getBalance(scenario.ctx, accountId)).toMatchObject({ available: credits(1_000), held: 0 })
  expect((await getHold(scenario.ctx, value.id)).status).toBe('expired')
  await chargePages(user, 125)
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(0)
})

test('a hold that expired less than a day ago is still charged, from the credits available then', async () => {
  const { user } = await newAccount(scenario)
  const { value } = await holdUse(scenario.ctx, holdPages(user, 100, { expiresInSeconds: 60 }))
  scenario.clock.advance(HOUR_MS)
  await chargePages(user, 100) // 200 left
  const late = await captureUse(scenario.ctx, {
    holdId: value.id,
    idempotencyKey: newKey(),
    usage: { pages: 30 },
  })
  expect(late.value).toMatchObject({ base: credits(240), absorbed: credits(40) })
})

test('a hold that expired more than a day ago is closed', async () => {
  const { user } = await newAccount(scenario)
  const { value } = await holdUse(scenario.ctx, holdPages(user, 1, { expiresInSeconds: 1 }))
  scenario.clock.advance(DAY_MS + 2 * SECOND_MS)
  const capture = captureUse(scenario.ctx, {
    holdId: value.id,
    idempotencyKey: newKey(),
    usage: { pages: 1 },
  })
  await expect(capture).rejects.toMatchObject({ code: 'hold_closed', holdStatus: 'expired' })
})

test('extending a hold raises its amount and its expiry in one step, or leaves both unchanged', async () => {
  const { accountId, user } = await newAccount(scenario)
  const { value: hold } = await holdUse(scenario.ctx, holdPages(user, 10))
  scenario.clock.advance(60 * SECOND_MS)
  const raised = await extendUse(scenario.ctx, {
    holdId: hold.id,
    idempotencyKey: 'x',
    usage: { pages: 20 },
    expiresInSeconds: null,
  })
  expect(raised.value.amount).toBe(credits(160))
  expect(raised.value.expiresAt.getTime()).toBe(hold.expiresAt.getTime() + 60 * SECOND_MS)
  const refused = extendUse(scenario.ctx, {
    holdId: hold.id,
    idempotencyKey: newKey(),
    usage: { pages: 200 },
    expiresInSeconds: 5,
  })
  await expect(refused).rejects.toMatchObject({
    facts: { required: credits(1_440), available: credits(840) },
  })
  expect(await getHold(scenario.ctx, hold.id)).toMatchObject({
    amount: credits(160),
    expiresAt: raised.value.expiresAt,
  })
  const again = await extendUse(scenario.ctx, {
    holdId: hold.id,
    idempotencyKey: 'x',
    usage: { pages: 20 },
    expiresInSeconds: null,
  })
  expect(again).toMatchObject({ replayed: true, value: { amount: credits(160), status: 'open' } })
  expect(await getBalance(scenario.ctx, accountId)).toMatchObject({
    available: credits(840),
    held: credits(160),
  })
})

test.each(['batched', 'singly'])(
  'a capture spends a raised hold in order of expiry, including grants made after the hold: %s',
  async (way) => {
    const { accountId, user } = await newAccount(scenario)
    const { value: hold } = await holdUse(scenario.ctx, holdPages(user, 10))
    const { value: promo } = await grantCreditsAsStaff(
      accountId,
      80,
      new Date(scenario.clock.now().getTime() + 2 * HOUR_MS),
    )
    const { ctx } = scenario
    const usage = { pages: 20 }
    await extendUse(ctx, { holdId: hold.id, idempotencyKey: newKey(), usage, expiresInSeconds: null })
    // A hold that is due forces the next movement onto the one-by-one path.
    const due = way === 'singly' ? 1 : 60
    await holdUse(ctx, holdPages(user, 1, { expiresInSeconds: due }))
    scenario.clock.advance(2 * SECOND_MS)
    const captured = await captureUse(ctx, {
      holdId: hold.id,
      idempotencyKey: newKey(),
      usage: { pages: 10 },
    })
    expect(captured.value.parts).toEqual([{ grantId: promo.id, amount: credits(80) }])
  },
)

test('releasing a hold frees its credits, releasing it again changes nothing, and a captured hold cannot be released', async () => {
  const { accountId, user } = await newAccount(scenario)
  const { value: hold } = await holdUse(scenario.ctx, holdPages(user, 10))
  await releaseUse(scenario.ctx, { holdId: hold.id, idempotencyKey: newKey() })
  const again = await releaseUse(scenario.ctx, { holdId: hold.id, idempotencyKey: newKey() })
  expect(again.value.status).toBe('released')
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(credits(1_000))
  const { value: used } = await holdUse(scenario.ctx, holdPages(user, 1))
  await captureUse(scenario.ctx, { holdId: used.id, idempotencyKey: newKey(), usage: { pages: 1 } })
  await expect(
    releaseUse(scenario.ctx, { holdId: used.id, idempotencyKey: newKey() }),
  ).rejects.toBeInstanceOf(HoldClosed)
})

test('refunds return credits to the grants that paid, last-funded first, and never exceed the paid amount', async () => {
  const { accountId, user } = await newAccount(scenario)
  const pack = await grantCreditsAsStaff(accountId, 80)
  const { value: charge } = await chargePages(user, 130) // 1,000 allowance + 40 of the undated grant
  const { value: part } = await refund(accountId, charge.id, 60)
  expect(part.amount).toBe(credits(60))
  const balance = await getBalance(scenario.ctx, accountId)
  expect(balance.promo.remaining).toBe(pack.value.granted)
  expect(balance.allowance).toMatchObject({ remaining: credits(20), used: credits(980) })
  await expect(refund(accountId, charge.id, 981)).rejects.toBeInstanceOf(InvalidRequest)
  await refund(accountId, charge.id, null)
  await expect(refund(accountId, charge.id, null)).rejects.toBeInstanceOf(InvalidRequest)
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(credits(1_080))
})

test('the part of a refund that belongs to an expired allowance becomes a 30-day promo', async () => {
  const { accountId, user } = await newAccount(scenario)
  const { value: charge } = await chargePages(user, 10)
  scenario.clock.advance(32 * DAY_MS)
  await refund(accountId, charge.id, null)
  const balance = await getBalance(scenario.ctx, accountId)
  expect(balance).toMatchObject({ available: credits(1_080), promo: { remaining: credits(80) } })
  const promo = balance.grants.find((grant) => grant.source === 'promo')
  expect(promo?.expiresAt?.getTime()).toBe(scenario.clock.now().getTime() + 30 * DAY_MS)
})

test('the allowance resets each period without rolling over, and other grants keep their credits', async () => {
  const { accountId, user } = await newAccount(scenario)
  await grantCreditsAsStaff(accountId, 50)
  await chargePages(user, 100)
  scenario.clock.advance(31 * DAY_MS)
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(credits(1_050))
  await chargePages(user, 1)
  const balance = await getBalance(scenario.ctx, accountId)
  expect(balance).toMatchObject({ available: credits(1_042), promo: { remaining: credits(50) } })
})

test('concurrent writes at a reset create one allowance', async () => {
  const { accountId, user } = await newAccount(scenario)
  scenario.clock.advance(40 * DAY_MS)
  await Promise.all(Array.from({ length: 20 }, () => chargePages(user, 1)))
  const { rows } = await scenario.database.pool.query(
    `select count(*)::int as count from grants where account_id = $1 and source = 'allowance'`,
    [accountId],
  )
  expect(rows[0]?.count).toBe(2)
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(credits(840))
})

test('revoking a grant takes back its unspent credits and leaves held and used ones unchanged', async () => {
  const { accountId, user } = await newAccount(scenario)
  await chargePages(user, 125)
  const { value: grant } = await grantCreditsAsStaff(accountId, 100)
  await chargePages(user, 5)
  await holdUse(scenario.ctx, holdPages(user, 2))
  const revoked = await revokeGrant(scenario.ctx, {
    accountId,
    grantId: grant.id,
    reason: 'mistake',
    idempotency: { key: newKey(), fingerprint: '00000000-0000-0000-0000-000000000000' },
  })
  expect(revoked.value).toMatchObject({
    used: credits(40),
    held: credits(16),
    revoked: credits(44),
    remaining: 0,
  })
  expect(await getBalance(scenario.ctx, accountId)).toMatchObject({ available: 0, held: credits(16) })
})
