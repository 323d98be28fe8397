import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openShop, type Shop, SMALL, SUPER } from '@/lib/billing/shop.test-support'
import { HOUR_MS, MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { releaseHold } from '@/lib/credits/verbs/hold-credits'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { holdUse } from '@/lib/metering/hold-use'
import { credits, newAccount, newKey, PLAIN } from '@/lib/testing/scenario'
import { grantCreditsAsStaff } from './grant-credits-as-staff'
import { readTimeline, TIMELINE_KINDS, type TimelineItem, type TimelineKind } from './read-timeline'
import { refundChargeAsStaff } from './refund-charge-as-staff'
import { revokeGrantAsStaff } from './revoke-grant-as-staff'
import { idempotency, newForm, signInStaff } from './staff.test-support'

let shop: Shop
let staff: Context
let accountId: string
const since = new Date('2026-03-10T09:00:00Z')

const use = (user: string, pages: number) => ({
  user,
  operation: 'web.extract',
  usage: { pages },
  idempotencyKey: newKey(),
  ...PLAIN,
})

/** Two days with every kind of event, several of them at the same instant. */
beforeAll(async () => {
  shop = await openShop(since.toISOString())
  staff = await signInStaff(shop)
  const { ctx, clock } = shop
  const buyer = await shop.newBuyer()
  ;({ accountId } = buyer)
  const { value: charge } = await chargeUse(ctx, use(buyer.user, 10))
  for (let index = 0; index < 4; index += 1) {
    const { value: hold } = await holdUse(ctx, { ...use(buyer.user, 1), limit: null, expiresInSeconds: null })
    if (index % 2 === 0) await releaseHold(ctx, { accountId, holdId: hold.id, idempotency: idempotency() })
  }
  await refundChargeAsStaff(staff, { ...newForm('slow'), chargeId: charge.id, amount: credits(30) })
  clock.advance(HOUR_MS)
  await grantCreditsAsStaff(staff, {
    ...newForm('sorry'),
    accountId,
    amount: credits(7),
    days: 1,
  })
  await shop.buy(buyer, SMALL)
  const [pack] = await shop.grants(buyer, 'pack')
  shop.control.refund({ paymentIntent: pack?.payment?.stripePayment ?? '' }, 100)
  await shop.deliver()
  const gift = { ...newForm(), accountId, amount: credits(5), days: null }
  const { value: promo } = await grantCreditsAsStaff(staff, gift)
  await revokeGrantAsStaff(staff, { ...newForm('meant for another'), grantId: promo.id })
  clock.advance(24 * HOUR_MS)
  shop.moveTo(clock.now())
  await shop.buy(buyer, SUPER)
  for (let index = 0; index < 5; index += 1) {
    clock.advance(MINUTE_MS)
    await chargeUse(ctx, use(buyer.user, index + 1))
  }
})
afterAll(() => shop.close())

const ALL = { kind: null, from: null, to: null, cursor: null, limit: 200 }
const read = async (asked: Partial<typeof ALL> | { kind: TimelineKind }) =>
  readTimeline(staff, { accountId, ...ALL, ...asked })
const nameOf = ({ event }: TimelineItem) => (event.source === 'movement' ? event.movement.kind : event.source)

describe('the staff timeline', () => {
  test('lists every event newest first, with the balance after it', async () => {
    const { items, nextCursor } = await read({})
    expect(nextCursor).toBeNull()
    const names = items.map(nameOf)
    for (const name of [
      'charge',
      'refund',
      'grant',
      'expire',
      'hold',
      'checkout',
      'plan',
      'money_back',
      'action',
    ])
      expect(names, name).toContain(name)
    expect(names.filter((name) => name === 'hold')).toHaveLength(4)
    const times = items.map(({ at }) => at)
    expect(times).toEqual(times.toSorted((left, right) => right - left))
    let owned = 0
    for (const item of items.toReversed()) {
      if (item.event.source === 'movement') owned += item.event.movement.amount
      expect(item.balanceAfter, nameOf(item)).toBe(owned)
    }
    expect(owned).toBeGreaterThan(credits(11_000))
  })

  test('shows staff actions directly above their movement, with the balance after both', async () => {
    const { items } = await read({})
    const below = items.flatMap((item, index) => {
      if (item.event.source !== 'action') return []
      const under = items[index + 1]
      expect(under?.balanceAfter).toBe(item.balanceAfter)
      const moved = under?.event.source === 'movement' ? under.event.movement : null
      return [[item.event.action.kind, moved?.kind, moved?.amount]]
    })
    expect(below).toEqual([
      ['revoke', 'revoke', -5_000],
      ['grant', 'grant', 5_000],
      ['grant', 'grant', 7_000],
      ['refund_charge', 'refund', 30_000],
    ])
  })

  test.each([1, 2, 3, 7])('has the same items in pages of %i', async (limit) => {
    const { items: whole } = await read({})
    const paged: TimelineItem[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof read>> = await readTimeline(staff, {
        ...ALL,
        accountId,
        cursor,
        limit,
      })
      expect(page.items.length).toBeLessThanOrEqual(limit)
      paged.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(paged).toEqual(whole)
  })

  test('filtered by kind equals the same kind’s part of the whole', async () => {
    const { items: whole } = await read({})
    const sources: Partial<Record<TimelineKind, string>> = { payment: 'checkout' }
    for (const kind of TIMELINE_KINDS) {
      const { items } = await read({ kind })
      const wanted = kind === 'revoke' ? ['revoke', 'restore'] : [sources[kind] ?? kind]
      expect(items, kind).toEqual(whole.filter((item) => wanted.includes(nameOf(item))))
    }
  })

  test('for a period includes its first instant and excludes its last', async () => {
    const { items: whole } = await read({})
    const from = new Date(since.getTime() + HOUR_MS)
    const to = new Date(since.getTime() + 2 * HOUR_MS)
    const { items } = await readTimeline(staff, { ...ALL, accountId, from, to })
    const within = whole.filter(({ at }) => at >= from.getTime() * 1_000 && at < to.getTime() * 1_000)
    expect(items).toEqual(within)
    expect(items.length).toBeGreaterThan(2)
  })

  test('starts with due movements that no write has recorded', async () => {
    const { accountId: quiet } = await newAccount(shop)
    await grantCreditsAsStaff(staff, {
      ...newForm(),
      accountId: quiet,
      amount: credits(5),
      days: 1,
    })
    shop.clock.advance(24 * HOUR_MS)
    const { items } = await readTimeline(staff, { ...ALL, accountId: quiet })
    expect(items[0]).toMatchObject({
      balanceAfter: credits(1_000),
      event: { isDue: true, movement: { kind: 'expire', amount: -5_000 } },
    })
  })

  test('shows staff actions and holds above movements that fell due at the same time', async () => {
    const { accountId: quiet, user } = await newAccount(shop)
    const aMonth = 32 * 24 * HOUR_MS
    shop.clock.advance(aMonth)
    await holdUse(shop.ctx, { ...use(user, 1), limit: null, expiresInSeconds: null })
    shop.clock.advance(aMonth)
    await grantCreditsAsStaff(staff, { ...newForm(), accountId: quiet, amount: credits(5), days: null })
    const { items } = await readTimeline(staff, { ...ALL, accountId: quiet })
    expect(items.map((item) => [nameOf(item), item.balanceAfter])).toEqual([
      ['action', credits(1_005)],
      ['grant', credits(1_005)],
      ['grant', credits(1_000)],
      ['expire', 0],
      ['hold', credits(1_000)],
      ['grant', credits(1_000)],
      ['expire', 0],
      ['plan', credits(1_000)],
      ['grant', credits(1_000)],
    ])
  })

  test('shows a plan that ended within the Free period it began in', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    const { id } = await shop.subscription(buyer)
    shop.clock.advance(HOUR_MS)
    await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
    await shop.deliver()
    const { items } = await readTimeline(staff, { ...ALL, accountId: buyer.accountId, kind: 'plan' })
    expect(items.map(({ event, balanceAfter }) => [event, balanceAfter])).toMatchObject([
      [{ change: { planBefore: 'super', plan: 'free' } }, 0],
      [{ change: { planBefore: 'free', plan: 'super' } }, credits(10_000)],
      [{ change: { planBefore: null, plan: 'free' } }, credits(1_000)],
    ])
  })

  test('shows money returned after its credits were spent', async () => {
    const buyer = await shop.newBuyer()
    await shop.spend(buyer, 1_000)
    await shop.buy(buyer, SMALL)
    await shop.spend(buyer, 2_000)
    const [pack] = await shop.grants(buyer, 'pack')
    const paymentIntent = pack?.payment?.stripePayment ?? ''
    shop.control.refund({ paymentIntent }, 300)
    await shop.deliver()
    const { items } = await readTimeline(staff, { ...ALL, accountId: buyer.accountId })
    const moneyBack = { money: 300, credits: credits(1_000), revoked: 0, shortfall: credits(1_000) }
    expect(items[0]).toMatchObject({ balanceAfter: 0, event: { source: 'money_back', moneyBack } })
  })

  test('refuses a cursor from another list', async () => {
    for (const cursor of [
      'x',
      Buffer.from('12.9.x').toString('base64url'),
      Buffer.from('12.3.x').toString('base64url'),
    ])
      await expect(readTimeline(staff, { ...ALL, accountId, cursor })).rejects.toBeInstanceOf(InvalidRequest)
  })

  test('refuses an unknown account with NotFound', async () => {
    await expect(readTimeline(staff, { ...ALL, accountId: newUuid() })).rejects.toBeInstanceOf(NotFound)
  })
})
