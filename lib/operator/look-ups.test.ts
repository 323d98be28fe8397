import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { holdUse } from '@/lib/metering/hold-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { createUser } from '@/lib/users/create-user'
import { readLastAudit, runAudit } from './audit-runs'
import { findAccounts } from './find-accounts'
import { grantCreditsAsStaff } from './grant-credits-as-staff'
import { readNotices } from './read-notices'
import { listRecentAccounts } from './recent-accounts'
import { idempotency, newForm, signInStaff } from './staff.test-support'
import { findTwinCharges } from './twin-charges'
import { findLongHolds } from './watch'

let scenario: Scenario
let staff: Context
beforeAll(async () => {
  scenario = await createScenario()
  staff = await signInStaff(scenario)
})
afterAll(() => scenario.close())

const use = (user: string, more: object = {}) => ({
  user,
  operation: 'web.extract',
  usage: { pages: 3 },
  idempotencyKey: newKey(),
  ...PLAIN,
  ...more,
})
const find = async (query: string) => (await findAccounts(staff, { query })).hits

describe('the staff search', () => {
  test('finds an account by every identifier that people quote', async () => {
    const { ctx } = scenario
    const person = await createUser(ctx, { email: 'Ida@Example.com', name: 'Ida Wells', externalId: 'crm-7' })
    const accountId = person.id
    const user = publicId('user', accountId)
    const { value: charge } = await chargeUse(ctx, use(user, { reference: 'invoice 12' }))
    const { value: hold } = await holdUse(ctx, {
      ...use(user, { reference: 'job 9' }),
      limit: null,
      expiresInSeconds: null,
    })
    const { value: grant } = await grantCreditsAsStaff(staff, {
      ...newForm(),
      accountId,
      amount: credits(1),
      days: null,
    })
    const { value: refund } = await refundCharge(ctx, {
      accountId,
      chargeId: charge.id,
      amount: credits(1),
      reason: 'x',
      idempotency: idempotency(),
    })
    const chargeId = publicId('charge', charge.id)
    for (const [query, subject] of [
      ['ida@example.com', null],
      [' IDA@example.com ', null],
      ['ida w', null],
      ['crm-7', null],
      [user, null],
      [chargeId, chargeId],
      [publicId('hold', hold.id), publicId('hold', hold.id)],
      [publicId('grant', grant.id), publicId('grant', grant.id)],
      [publicId('refund', refund.id), chargeId],
      ['invoice 12', chargeId],
      ['job 9', publicId('hold', hold.id)],
    ] as const)
      expect(await find(query), query).toMatchObject([{ accountId, subject, email: 'ida@example.com' }])
  })

  test('lists all people with the same name and treats pattern characters literally', async () => {
    for (const name of ['Max', 'Maxine', '100%'])
      await createUser(scenario.ctx, { email: `${newKey()}@example.com`, name, externalId: null })
    expect((await find('max')).map(({ name }) => name).toSorted()).toEqual(['Max', 'Maxine'])
    expect((await find('100%')).map(({ name }) => name)).toEqual(['100%'])
    expect(await find('%')).toEqual([])
    expect(await find('_ax')).toEqual([])
    expect(await find('')).toEqual([])
    for (const query of [`usr_${'0'.repeat(32)}`, 'valueOf_x', 'hasOwnProperty_x', 'constructor_', 'a\0b'])
      expect(await find(query), query).toEqual([])
  })
})

describe('a staff search for a part of a value', () => {
  const named = async (query: string) => (await find(query)).map(({ name, as }) => [name, as])

  test('matches any part of a name, an e-mail or an external id, ignoring case', async () => {
    await createUser(scenario.ctx, {
      email: 'zoe.winterbottom@rare.example',
      name: 'Zoë Winterbottom',
      externalId: 'Tenant-88/zw',
    })
    for (const [query, as] of [
      ['zoë w', 'name'],
      ['ZOË W', 'name'],
      ['terbott', 'part of the name'],
      ['BOTTOM', 'part of the name'],
      ['e.winterbottom@', 'part of the e-mail'],
      ['@RARE.exa', 'part of the e-mail'],
      ['ant-88/', 'part of the external id'],
      ['zoe.winterbottom@rare.example', 'e-mail'],
      ['Tenant-88/zw', 'external id'],
    ] as const)
      expect(await named(query), query).toEqual([['Zoë Winterbottom', as]])
    for (const query of ['rare.example zoe', 'winter%bottom', '%%%', '___'])
      expect(await find(query), query).toEqual([])
  })

  test('lists names that begin with the part first, and others only for three or more characters', async () => {
    for (const name of ['Quillon', 'Tranquil', 'Quilla'])
      await createUser(scenario.ctx, { email: `${newKey()}@example.com`, name, externalId: null })
    const names = (await find('quil')).map(({ name }) => name)
    expect(names.slice(0, 2).toSorted()).toEqual(['Quilla', 'Quillon'])
    expect(names.slice(2)).toEqual(['Tranquil'])
    expect((await find('qu')).map(({ name }) => name).toSorted()).toEqual(['Quilla', 'Quillon'])
  })

  test('matches the beginning of an id', async () => {
    const { accountId, user } = await newAccount(scenario)
    expect(await find(user.slice(0, -2))).toContainEqual(expect.objectContaining({ accountId }))
    const { value: charge } = await chargeUse(scenario.ctx, use(user))
    const subject = publicId('charge', charge.id)
    expect(await find(subject.slice(0, -3))).toMatchObject([{ accountId, subject }])
    for (const query of ['usr_', 'usr_xyz', `${user}0`]) expect(await find(query), query).toEqual([])
  })
})

test('recent accounts are listed newest first', async () => {
  const { accountId } = await newAccount(scenario)
  const recent = await listRecentAccounts(staff)
  expect(recent[0]).toMatchObject({ accountId })
  expect(recent).toHaveLength(10)
  const times = recent.map(({ createdAt }) => createdAt.getTime())
  expect(times).toEqual(times.toSorted((one, other) => other - one))
})

describe('identical charges within a minute', () => {
  const twins = async (accountId: string) => (await findTwinCharges(staff, { accountId })).twins

  test('are reported for the account and overall', async () => {
    const { accountId, user } = await newAccount(scenario)
    const { value: first } = await chargeUse(scenario.ctx, use(user))
    scenario.clock.advance(MINUTE_MS / 2)
    const { value: second } = await chargeUse(scenario.ctx, use(user, { reference: 'retry' }))
    const pair = { total: credits(24), first: { id: first.id }, second: { id: second.id } }
    expect(await twins(accountId)).toMatchObject([pair])
    const all = await findTwinCharges(staff, { accountId: null })
    expect(all.twins).toMatchObject([{ accountId, ...pair }])
    expect(all.since).toEqual(new Date(scenario.clock.now().getTime() - 24 * HOUR_MS))
    await refundCharge(scenario.ctx, {
      accountId,
      chargeId: first.id,
      amount: null,
      reason: 'twice',
      idempotency: idempotency(),
    })
    expect(await twins(accountId)).toEqual([])
  })

  test('are found despite other charges in between, until one is refunded in full', async () => {
    const { accountId, user } = await newAccount(scenario)
    const made: string[] = []
    for (const reference of ['one', 'two', 'one', null]) {
      scenario.clock.advance(1_000)
      made.push((await chargeUse(scenario.ctx, use(user, { reference }))).value.id)
    }
    const pairs = async () =>
      (await twins(accountId)).map(({ first, second }) => [made.indexOf(first.id), made.indexOf(second.id)])
    expect(await pairs()).toEqual([
      [2, 3],
      [0, 2],
    ])
    const giveBack = (index: number, amount: number) =>
      refundCharge(scenario.ctx, {
        accountId,
        chargeId: made[index] ?? '',
        amount: credits(amount),
        reason: 'twice',
        idempotency: idempotency(),
      })
    await giveBack(2, 4)
    expect(await pairs()).toHaveLength(2)
    await giveBack(2, 20)
    expect(await pairs()).toEqual([[1, 3]])
    await giveBack(1, 24)
    expect(await pairs()).toEqual([[0, 3]])
  })

  test.each([
    ['a minute apart', {}, MINUTE_MS + 1_000],
    ['with another amount', { usage: { pages: 4 } }, 1_000],
    ['with different references', { reference: 'two' }, 1_000],
  ])('exclude charges %s', async (_, other, gapMs) => {
    const { accountId, user } = await newAccount(scenario)
    await chargeUse(scenario.ctx, use(user, { reference: 'one' }))
    scenario.clock.advance(gapMs)
    await chargeUse(scenario.ctx, use(user, { reference: 'one', ...other }))
    expect(await twins(accountId)).toEqual([])
  })
})

test('a hold that has been open for an hour is reported until it expires', async () => {
  const { accountId, user } = await newAccount(scenario)
  await holdUse(scenario.ctx, { ...use(user), limit: null, expiresInSeconds: 2 * 3_600 })
  expect(await findLongHolds(staff, { accountId })).toEqual([])
  scenario.clock.advance(HOUR_MS + MINUTE_MS)
  expect(await findLongHolds(staff, { accountId })).toHaveLength(1)
  expect((await findLongHolds(staff, { accountId: null })).map((hold) => hold.accountId)).toContain(accountId)
  scenario.clock.advance(HOUR_MS)
  expect(await findLongHolds(staff, { accountId })).toEqual([])
})

test('a stored audit is clean or names the rule that a manual change broke', async () => {
  const noticed = async () => (await readNotices(staff, { accountId: null })).audit
  expect(await readLastAudit(staff)).toBeNull()
  expect(await noticed()).toBe('never')
  await runAudit(staff)
  expect(await noticed()).toBeNull()
  scenario.clock.advance(26 * HOUR_MS)
  expect(await noticed()).toBe('old')
  expect(await readLastAudit(staff)).toMatchObject({ drift: [], staffEmail: 'olga@demo.example' })
  const { accountId } = await newAccount(scenario)
  await scenario.ctx.pool.query('update wallets set available = available + 1 where account_id = $1', [
    accountId,
  ])
  scenario.clock.advance(MINUTE_MS)
  await runAudit(staff)
  const { drift } = (await readLastAudit(staff)) ?? { drift: [] }
  expect(drift.length).toBeGreaterThan(0)
  expect(await noticed()).toBe('drift')
  expect((await readNotices(staff, { accountId })).audit).toBeNull()
  expect(JSON.stringify(drift)).toContain(accountId)
})
