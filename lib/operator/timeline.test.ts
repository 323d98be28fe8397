import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openShop, type Shop, SMALL, SUPER } from '@/lib/billing/shop.test-support'
import { HOUR_MS, MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { releaseHold } from '@/lib/credits/hold-credits'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { holdUse } from '@/lib/metering/hold-use'
import { credits, newAccount, newKey, PLAIN } from '@/lib/testing/scenario'
import { giveBackCharge } from './give-back-charge'
import { giveCredits } from './give-credits'
import { readTimeline, TIMELINE_KINDS, type TimelineItem, type TimelineKind } from './read-timeline'
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

/** Two days of everything that can happen, several things at one instant among them. */
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
  await giveBackCharge(staff, { ...newForm('slow'), chargeId: charge.id, amount: credits(30) })
  clock.advance(HOUR_MS)
  await giveCredits(staff, {
    ...newForm('sorry'),
    accountId,
    amount: credits(7),
    expiresAt: new Date(clock.now().getTime() + HOUR_MS),
  })
  await shop.buy(buyer, SMALL)
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

describe('the timeline', () => {
  test('has everything that happened, newest first, with the balance after it', async () => {
    const { items, nextCursor } = await read({})
    expect(nextCursor).toBeNull()
    const names = items.map(nameOf)
    for (const name of ['charge', 'refund', 'grant', 'expire', 'hold', 'checkout', 'plan', 'action'])
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

  test.each([1, 2, 3, 7])('is the same in pages of %i', async (limit) => {
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

  test('narrowed to each kind is what the whole has of it', async () => {
    const { items: whole } = await read({})
    const sources: Partial<Record<TimelineKind, string>> = { payment: 'checkout' }
    for (const kind of TIMELINE_KINDS) {
      const { items } = await read({ kind })
      const wanted = kind === 'revoke' ? ['revoke', 'restore'] : [sources[kind] ?? kind]
      expect(items, kind).toEqual(whole.filter((item) => wanted.includes(nameOf(item))))
    }
  })

  test('of a period has what happened from its first moment to before its last', async () => {
    const { items: whole } = await read({})
    const from = new Date(since.getTime() + HOUR_MS)
    const to = new Date(since.getTime() + 2 * HOUR_MS)
    const { items } = await readTimeline(staff, { ...ALL, accountId, from, to })
    const within = whole.filter(({ at }) => at >= from.getTime() * 1_000 && at < to.getTime() * 1_000)
    expect(items).toEqual(within)
    expect(items.length).toBeGreaterThan(2)
  })

  test('begins with what is due and no write has recorded', async () => {
    const { accountId: quiet } = await newAccount(shop)
    await giveCredits(staff, {
      ...newForm(),
      accountId: quiet,
      amount: credits(5),
      expiresAt: new Date(shop.clock.now().getTime() + 1_000),
    })
    shop.clock.advance(2_000)
    const { items } = await readTimeline(staff, { ...ALL, accountId: quiet })
    expect(items[0]).toMatchObject({
      balanceAfter: credits(1_000),
      event: { isDue: true, movement: { kind: 'expire', amount: -5_000 } },
    })
  })

  test('takes no cursor it did not make', async () => {
    for (const cursor of [
      'x',
      Buffer.from('12.9.x').toString('base64url'),
      Buffer.from('12.3.x').toString('base64url'),
    ])
      await expect(readTimeline(staff, { ...ALL, accountId, cursor })).rejects.toBeInstanceOf(InvalidRequest)
  })

  test('of nobody is not there', async () => {
    await expect(readTimeline(staff, { ...ALL, accountId: newUuid() })).rejects.toBeInstanceOf(NotFound)
  })
})
