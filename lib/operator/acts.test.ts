import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Context } from '@/lib/context'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { HoldClosed, IdempotencyConflict, InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { holdUse } from '@/lib/metering/hold-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { readStatement } from '@/lib/usage/statement'
import { actionsOn } from './action-log'
import { grantCreditsAsStaff } from './grant-credits-as-staff'
import { refundChargeAsStaff } from './refund-charge-as-staff'
import { releaseHoldAsStaff } from './release-hold-as-staff'
import { revokeGrantAsStaff } from './revoke-grant-as-staff'
import { newForm, signInStaff } from './staff.test-support'

let scenario: Scenario
let staff: Context
beforeAll(async () => {
  scenario = await createScenario()
  staff = await signInStaff(scenario)
})
afterAll(() => scenario.close())

const available = async (accountId: string) => (await getBalance(scenario.ctx, accountId)).available
const use = (user: string, pages: number) => ({
  user,
  operation: 'web.extract',
  usage: { pages },
  idempotencyKey: newKey(),
  ...PLAIN,
})

describe('a staff action', () => {
  test('sent five times simultaneously happens once and is recorded once', async () => {
    const { accountId } = await newAccount(scenario)
    const gift = { ...newForm(), accountId, amount: credits(40), days: null }
    const made = await Promise.all(Array.from({ length: 5 }, () => grantCreditsAsStaff(staff, gift)))
    expect(new Set(made.map(({ value }) => value.id)).size).toBe(1)
    expect(await available(accountId)).toBe(credits(1_040))
    const actions = await actionsOn(staff, publicId('grant', made[0]?.value.id ?? ''))
    expect(actions).toMatchObject([
      {
        kind: 'grant',
        reason: gift.reason,
        staffEmail: 'olga@demo.example',
        amount: credits(40),
        outcome: 'done',
      },
    ])
  })

  test('without a reason or a key is refused and records nothing', async () => {
    const { accountId } = await newAccount(scenario)
    const gift = { accountId, amount: credits(40), days: null }
    for (const form of [newForm('  '), { ...newForm(), key: '' }, newForm('x'.repeat(501))])
      await expect(grantCreditsAsStaff(staff, { ...gift, ...form })).rejects.toBeInstanceOf(InvalidRequest)
    expect(await available(accountId)).toBe(credits(1_000))
  })

  test('with a different number of days needs a new key, but sending the same form later does not', async () => {
    const { accountId } = await newAccount(scenario)
    const gift = { ...newForm(), accountId, amount: credits(40), days: 30 }
    const { value } = await grantCreditsAsStaff(staff, gift)
    scenario.clock.advance(1_000)
    expect(await grantCreditsAsStaff(staff, gift)).toMatchObject({ replayed: true, value: { id: value.id } })
    for (const days of [3, null])
      await expect(grantCreditsAsStaff(staff, { ...gift, days })).rejects.toBeInstanceOf(IdempotencyConflict)
    for (const days of [0, 0.5, 10_000])
      await expect(grantCreditsAsStaff(staff, { ...gift, ...newForm(), days })).rejects.toBeInstanceOf(
        InvalidRequest,
      )
    expect(await available(accountId)).toBe(credits(1_040))
  })

  test('with a key from another account’s form moves nothing', async () => {
    const one = await newAccount(scenario)
    const other = await newAccount(scenario)
    const form = newForm()
    const gift = { ...form, amount: credits(40), days: null }
    await grantCreditsAsStaff(staff, { ...gift, accountId: one.accountId })
    await expect(grantCreditsAsStaff(staff, { ...gift, accountId: other.accountId })).rejects.toBeInstanceOf(
      IdempotencyConflict,
    )
    expect(await available(other.accountId)).toBe(credits(1_000))
  })

  test('cannot be deleted or rewritten', async () => {
    const { pool } = scenario.ctx
    await expect(pool.query(`update operator_actions set reason = 'nothing'`)).rejects.toThrow('never')
    await expect(pool.query('delete from operator_actions')).rejects.toThrow('never')
  })
})

test('staff revoke the unspent part of a grant once', async () => {
  const { accountId, user } = await newAccount(scenario)
  await chargeUse(scenario.ctx, use(user, 125))
  const { value: grant } = await grantCreditsAsStaff(staff, {
    ...newForm(),
    accountId,
    amount: credits(100),
    days: null,
  })
  await chargeUse(scenario.ctx, use(user, 5))
  const form = newForm('meant for somebody else')
  await revokeGrantAsStaff(staff, { ...form, grantId: grant.id })
  await revokeGrantAsStaff(staff, { ...form, grantId: grant.id })
  expect(await available(accountId)).toBe(0)
  expect(await actionsOn(staff, publicId('grant', grant.id))).toMatchObject([
    { kind: 'revoke', amount: credits(60) },
    { kind: 'grant' },
  ])
  await expect(revokeGrantAsStaff(staff, { ...newForm(), grantId: grant.id })).rejects.toBeInstanceOf(
    InvalidRequest,
  )
})

test('staff refund a charge in part and then in full, never more, and the payer sees why but not by whom', async () => {
  const { accountId, user } = await newAccount(scenario)
  const { value: charge } = await chargeUse(scenario.ctx, use(user, 10))
  await refundChargeAsStaff(staff, {
    ...newForm('half of it failed'),
    chargeId: charge.id,
    amount: credits(30),
  })
  await expect(
    refundChargeAsStaff(staff, { ...newForm(), chargeId: charge.id, amount: credits(51) }),
  ).rejects.toBeInstanceOf(InvalidRequest)
  await refundChargeAsStaff(staff, { ...newForm('all of it'), chargeId: charge.id, amount: credits(50) })
  expect(await available(accountId)).toBe(credits(1_000))
  const holder: Context = { ...scenario.ctx, caller: { kind: 'user', userId: accountId } }
  const { items } = await readStatement(holder, { accountId, cursor: null, limit: 10 })
  expect(items.map(({ reason }) => reason)).toEqual(['all of it', 'half of it failed', null, null])
  expect(JSON.stringify(items)).not.toContain('olga')
})

test('staff release an open hold once, and a closed hold is reported as closed', async () => {
  const { accountId, user } = await newAccount(scenario)
  const hold = async () =>
    (await holdUse(scenario.ctx, { ...use(user, 5), limit: null, expiresInSeconds: null })).value
  const stuck = await hold()
  const form = newForm('its server is gone')
  expect(await releaseHoldAsStaff(staff, { ...form, holdId: stuck.id })).toMatchObject({ replayed: false })
  expect(await releaseHoldAsStaff(staff, { ...form, holdId: stuck.id })).toMatchObject({ replayed: true })
  await expect(releaseHoldAsStaff(staff, { ...newForm(), holdId: stuck.id })).rejects.toBeInstanceOf(
    HoldClosed,
  )
  expect(await available(accountId)).toBe(credits(1_000))
  expect(await actionsOn(staff, publicId('hold', stuck.id))).toMatchObject([
    { kind: 'end_hold', amount: credits(40) },
  ])
})
