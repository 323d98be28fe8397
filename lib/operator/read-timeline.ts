import type { Context } from '@/lib/context'
import type { Grant, Hold, PlanChange } from '@/lib/credits/book/records'
import { loadGrants } from '@/lib/credits/store/load-account'
import { type Micros, micros } from '@/lib/instant'
import { type Millicredits, ZERO } from '@/lib/millicredits'
import { dueMovements, type Movement, type MovementKind, readMovements } from '@/lib/usage/statement'
import { actionsBefore, type OperatorAction } from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'
import {
  boundOf,
  byPlace,
  decodePlace,
  encodePlace,
  holdBound,
  movementBound,
  type Place,
  placeOfHold,
  RANKS,
  topOf,
} from './timeline-place'
import {
  balancesAt,
  type CheckoutItem,
  checkoutsBefore,
  holdsBefore,
  type MoneyBackItem,
  moneyBackBefore,
  planChangesBefore,
} from './timeline-rows'

/** The filters of the timeline. */
export const TIMELINE_KINDS = [
  'payment',
  'grant',
  'charge',
  'hold',
  'refund',
  'expire',
  'revoke',
  'transfer',
  'plan',
  'money_back',
  'action',
] as const
export type TimelineKind = (typeof TIMELINE_KINDS)[number]

type Event =
  | { source: 'movement'; movement: Movement; grant: Grant | null; isDue: boolean }
  | { source: 'checkout'; checkout: CheckoutItem }
  | { source: 'hold'; hold: Hold }
  | { source: 'plan'; change: PlanChange }
  | { source: 'money_back'; moneyBack: MoneyBackItem }
  | { source: 'action'; action: OperatorAction }

/** An event of the timeline. `balanceAfter`: available plus held credits, from the account's first movement on. */
export type TimelineItem = Place & { event: Event; balanceAfter: Millicredits }

export type TimelineInput = {
  accountId: string
  kind: TimelineKind | null
  from: Date | null
  to: Date | null
  cursor: string | null
  limit: number
}

type Asked = { accountId: string; from: Date | null; place: Place | null; limit: number }

/**
 * Everything that happened to an account, newest first, merged by key, each with the balance after it: checkouts, ledger
 * movements, holds without a charge, plan changes, returned money and staff actions. A captured hold appears as its charge.
 * Throws `InvalidRequest` for an invalid cursor, and `NotFound` unless the caller is staff.
 */
export async function readTimeline(
  ctx: Context,
  input: TimelineInput,
): Promise<{ items: TimelineItem[]; nextCursor: string | null }> {
  const support = supportContext(ctx, await requireStaff(ctx))
  const { accountId, kind, from, to, limit } = input
  const place = input.cursor === null ? topOf(to) : decodePlace(input.cursor)
  const asked = { accountId, from, place, limit: limit + 1 }
  const wants = (one: TimelineKind) => kind === null || kind === one
  const found = await Promise.all([
    movements(support, asked, kind),
    wants('payment') ? checkouts(support, asked) : [],
    wants('hold') ? holds(support, asked) : [],
    wants('plan') ? planChanges(support, asked) : [],
    wants('money_back') ? moneyBack(support, asked) : [],
    wants('action') ? actions(support, asked) : [],
  ])
  const merged = found.flat().toSorted(byPlace)
  const page = merged.slice(0, limit)
  const last = page.at(-1)
  const due = place === null ? await dueItems(support, accountId, kind) : []
  return {
    items: [...due, ...(await withBalances(support, accountId, page))],
    nextCursor: merged.length > limit && last ? encodePlace(last) : null,
  }
}

type Unbalanced = Place & { event: Event }

function movementKinds(kind: TimelineKind | null): MovementKind[] | null {
  switch (kind) {
    case null:
      return null
    case 'revoke':
      return ['revoke', 'restore']
    case 'grant':
    case 'charge':
    case 'refund':
    case 'expire':
    case 'transfer':
      return [kind]
    case 'payment':
    case 'hold':
    case 'plan':
    case 'money_back':
    case 'action':
      return []
    default:
      return kind satisfies never
  }
}

async function movements(ctx: Context, asked: Asked, kind: TimelineKind | null): Promise<Unbalanced[]> {
  const { accountId, from, place, limit } = asked
  const kinds = movementKinds(kind)
  if (kinds?.length === 0) return []
  const found = await readMovements(ctx, { accountId, from, kinds, limit, before: movementBound(place) })
  const ids = found.flatMap(({ grantId }) => grantId ?? [])
  const grants = new Map((await loadGrants(ctx.pool, accountId, ids)).map((grant) => [grant.id, grant]))
  return found.map((movement) => ({
    at: movement.at,
    rank: RANKS.movement,
    id: '',
    event: { source: 'movement', movement, grant: grants.get(movement.grantId ?? '') ?? null, isDue: false },
  }))
}

/** The movements that are due and that the next write will record first. */
async function dueItems(ctx: Context, accountId: string, kind: TimelineKind | null): Promise<TimelineItem[]> {
  const kinds = movementKinds(kind)
  const due = await dueMovements(ctx, accountId)
  return due
    .filter((movement) => kinds === null || kinds.includes(movement.kind))
    .map((movement) => ({
      at: movement.at,
      rank: RANKS.movement,
      id: '',
      balanceAfter: movement.balanceAfter,
      event: { source: 'movement', movement, grant: null, isDue: true },
    }))
}

async function checkouts(ctx: Context, { place, ...asked }: Asked): Promise<Unbalanced[]> {
  const found = await checkoutsBefore(ctx, { ...asked, before: boundOf(place, 'checkout', 'text') })
  return found.map((checkout) => ({
    at: micros(checkout.createdAt),
    rank: RANKS.checkout,
    id: checkout.id,
    event: { source: 'checkout', checkout },
  }))
}

async function holds(ctx: Context, { place, ...asked }: Asked): Promise<Unbalanced[]> {
  const found = await holdsBefore(ctx, { ...asked, before: holdBound(place) })
  return found.map((hold) => ({
    at: placeOfHold(hold.createdAt),
    rank: RANKS.hold,
    id: hold.id,
    event: { source: 'hold', hold },
  }))
}

async function planChanges(ctx: Context, { place, ...asked }: Asked): Promise<Unbalanced[]> {
  const found = await planChangesBefore(ctx, { ...asked, before: boundOf(place, 'plan') })
  return found.map((change) => ({
    at: change.at,
    rank: RANKS.plan,
    id: change.id,
    event: { source: 'plan', change },
  }))
}

async function moneyBack(ctx: Context, { place, ...asked }: Asked): Promise<Unbalanced[]> {
  const found = await moneyBackBefore(ctx, { ...asked, before: boundOf(place, 'moneyBack') })
  return found.map((moneyBack) => ({
    at: moneyBack.at,
    rank: RANKS.moneyBack,
    id: moneyBack.id,
    event: { source: 'money_back', moneyBack },
  }))
}

async function actions(ctx: Context, { place, ...asked }: Asked): Promise<Unbalanced[]> {
  const found = await actionsBefore(ctx, { ...asked, before: boundOf(place, 'action') })
  return found.map((action) => ({
    at: action.at,
    rank: RANKS.action,
    id: action.id,
    event: { source: 'action', action },
  }))
}

/** A movement includes the balance after it; any other item gets the balance of the nearest movement below it. */
async function withBalances(ctx: Context, accountId: string, page: Unbalanced[]): Promise<TimelineItem[]> {
  const others = page.filter(({ event }) => event.source !== 'movement')
  const balances = await balancesAt(ctx, accountId, others.map(lastInstantBelow))
  return page.map((item) => ({
    ...item,
    balanceAfter:
      item.event.source === 'movement'
        ? item.event.movement.balanceAfter
        : (balances.get(lastInstantBelow(item)) ?? ZERO),
  }))
}

/** At the same instant, a movement is above a checkout and below everything else. */
function lastInstantBelow({ at, rank }: Place): Micros {
  return rank < RANKS.movement ? ((at - 1) as Micros) : at
}
