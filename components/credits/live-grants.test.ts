import { expect, test } from 'vitest'
import type { BalanceJson } from '@/lib/contract/account'
import { millicredits } from '@/lib/millicredits'
import { type GrantLeft, liveGrants, nextPromoEnd } from './live-grants'

const RESET = '2026-12-12T00:00:00.000Z'
const SOON = '2026-12-03T09:00:00.000Z'
const LATER = '2026-12-20T09:00:00.000Z'

const balance = (allowance: number, promo: number, packs: number): BalanceJson => ({
  plan: { key: 'free', name: 'Free', status: 'active', endsAt: null },
  available: allowance + promo + packs,
  held: 0,
  allowance: {
    limit: 1_000,
    used: 1_000 - allowance,
    held: 0,
    remaining: allowance,
    periodStart: '2026-11-12T00:00:00.000Z',
    resetsAt: RESET,
    carried: null,
  },
  packs: { remaining: packs },
  promo: { remaining: promo },
  moved: { remaining: 0 },
  rewards: { balance: 0, onHold: 0, owed: 0 },
})
const grant = (source: GrantLeft['source'], amount: number, expiresAt: string | null): GrantLeft => ({
  source,
  amount: millicredits(amount * 1_000),
  expiresAt,
})
const rendered = [
  grant('promo', 50, SOON),
  grant('allowance', 400, RESET),
  grant('promo', 30, LATER),
  grant('pack', 2_000, null),
]

test('grants stay as rendered if the balance has not changed', () => {
  expect(liveGrants(rendered, balance(400, 80, 2_000))).toEqual(rendered)
})

test('credits spent since the page was rendered are taken from the grants that are spent first', () => {
  expect(liveGrants(rendered, balance(400, 25, 1_900))).toEqual([
    grant('allowance', 400, RESET),
    grant('promo', 25, LATER),
    grant('pack', 1_900, null),
  ])
})

test('credits added since the page was rendered take their place in the order of spending', () => {
  const [first] = rendered
  expect(liveGrants(first ? [first] : [], balance(7, 60, 5))).toEqual([
    grant('promo', 50, SOON),
    grant('allowance', 7, RESET),
    grant('pack', 5, null),
    grant('promo', 10, null),
  ])
})

test('grants of promotional credits that expire next, on the same day, are added up', () => {
  const sameDay = '2026-12-03T21:00:00.000Z'
  const grants = [grant('promo', 50, SOON), grant('promo', 5, sameDay), grant('promo', 30, LATER)]
  expect(nextPromoEnd(grants)).toEqual({ amount: millicredits(55_000), expiresAt: SOON })
  expect(nextPromoEnd([grant('allowance', 7, RESET), grant('promo', 5, null)])).toBeNull()
})
