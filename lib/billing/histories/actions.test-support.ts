import fc from 'fast-check'
import { DAY_MS, HOUR_MS } from '@/lib/clock'

/** An action of a person, their bank or the operator at Stripe; `of` picks one of the existing payments, refunds or disputes. */
export type Action =
  | { do: 'pack'; pack: string; outcome: 'card' | 'card_declined' | 'bank_succeeds' | 'bank_fails' }
  | { do: 'super'; outcome: 'card' | 'card_fails_later' | 'bank_succeeds' | 'bank_fails' }
  | { do: 'cancel' | 'resume' | 'end' | 'new card' | 'nothing' }
  | { do: 'refund'; of: number; quarters: number; isPending: boolean }
  | { do: 'settle refund'; of: number; status: 'succeeded' | 'failed' }
  | { do: 'dispute'; of: number; isInquiry: boolean }
  | { do: 'move dispute'; of: number; step: 'won' | 'lost' | 'escalated' | 'warning_closed' | 'under_review' }
  | { do: 'use'; pages: number }

/** The treatment of one event by the network. */
export type Fate = { copies: number; delayHours: number; isDropped: boolean }

/** Each step of the group's time has one action; events take the `fates` in turn. */
export type History = { actions: Action[]; fates: Fate[]; order: number }

/** Histories on one clock, so that they share its moves. */
export type Group = { start: Date; moves: number[]; histories: History[] }

const of = fc.nat({ max: 5 })

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pack' as const),
      pack: fc.constantFrom('small', 'medium'),
      outcome: fc.constantFrom(
        ...(['card', 'card', 'card', 'card_declined', 'bank_succeeds', 'bank_fails'] as const),
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('super' as const),
      outcome: fc.constantFrom(
        ...(['card', 'card', 'card', 'card_fails_later', 'bank_succeeds', 'bank_fails'] as const),
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('cancel', 'resume', 'end', 'new card', 'nothing') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('refund' as const),
      of,
      quarters: fc.integer({ min: 1, max: 4 }),
      isPending: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('settle refund' as const),
      of,
      status: fc.constantFrom('succeeded', 'failed'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('dispute' as const), of, isInquiry: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('move dispute' as const),
      of,
      step: fc.constantFrom('won', 'lost', 'escalated', 'warning_closed', 'under_review'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('use' as const), pages: fc.integer({ min: 1, max: 120 }) }),
  },
)

const fate: fc.Arbitrary<Fate> = fc.record({
  copies: fc.constantFrom(1, 1, 1, 2, 3),
  delayHours: fc.constantFrom(0, 0, 0, 1, 24, 48, 72),
  isDropped: fc.constantFrom(false, false, false, true),
})

const STEPS = 6
const FATES = 12

const history: fc.Arbitrary<History> = fc.record({
  actions: fc.array(action, { minLength: STEPS, maxLength: STEPS }),
  fates: fc.array(fate, { minLength: FATES, maxLength: FATES }),
  order: fc.nat(),
})

/** Mostly hours or days, sometimes past a renewal. */
const move = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, HOUR_MS / 6) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 72 }).map((hours) => hours * HOUR_MS) },
  { weight: 2, arbitrary: fc.integer({ min: 27 * 24, max: 33 * 24 }).map((hours) => hours * HOUR_MS) },
)

export function groupsOf(size: number): fc.Arbitrary<Group> {
  return fc.record({
    start: fc
      .integer({ min: 0, max: 365 * 24 })
      .map((hours) => new Date(Date.UTC(2026, 0, 1) + hours * HOUR_MS)),
    moves: fc.array(move, { minLength: STEPS, maxLength: STEPS }),
    histories: fc.array(history, { minLength: size, maxLength: size }),
  })
}

const use = fc.record({ do: fc.constant('use' as const), pages: fc.integer({ min: 1, max: 120 }) })
const bought = fc.constantFrom<Action[]>(
  [],
  [],
  [{ do: 'pack', pack: 'small', outcome: 'card' }],
  [{ do: 'pack', pack: 'medium', outcome: 'card' }],
)

/** The actions before an upgrade, and those between it and its refund. */
export const upgrades = fc.record({
  start: fc.constant(new Date('2026-05-10T09:00:00Z')),
  before: fc.tuple(bought, fc.array(use, { maxLength: 2 })).map(([packs, uses]) => [...packs, ...uses]),
  after: fc.array(
    fc.oneof(
      use,
      use,
      fc.record({ do: fc.constantFrom('cancel' as const, 'resume' as const, 'end' as const) }),
    ),
    { maxLength: 4 },
  ),
  fates: fc.array(fate, { minLength: FATES, maxLength: FATES }),
  order: fc.nat(),
})

/** Longer than the delay of any event. */
export const DELAY_MAX_MS = 3 * DAY_MS
