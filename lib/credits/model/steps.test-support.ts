import fc from 'fast-check'

/** An action whose object is not chosen yet; its numbers pick one of the objects that exist when it runs. */
export type Action = { kind: Kind; pick: number; size: number; option: number }

/** The concurrent actions of one account. */
export type Group = { account: number; actions: Action[] }

/** Moves the clock, then runs the actions of all accounts concurrently. */
export type Step = { advance: Advance; opens: boolean; groups: Group[] }

/** A number of milliseconds, or the instant at which something falls due, give or take a millisecond. */
export type Advance = { by: number } | { toDue: number; beside: number }

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const WEIGHTS = {
  charge: 12,
  hold: 8,
  capture: 8,
  release: 3,
  extend: 4,
  refund: 4,
  grant: 2,
  revoke: 1,
  transfer: 4,
  budget: 3,
  limit: 3,
  run: 4,
  raise: 3,
  close: 1,
  billing: 8,
  retry: 4,
  conflict: 1,
} as const

/** `large`: a charge whose reward is close to the daily limit of one payer. */
export type Kind = keyof typeof WEIGHTS | 'large'

const kinds = Object.entries(WEIGHTS).flatMap(([kind, weight]) => Array<Kind>(weight).fill(kind as Kind))

const numbers = { pick: fc.nat(9_999), size: fc.nat(9_999), option: fc.nat(999) }
const action: fc.Arbitrary<Action> = fc.record({ kind: fc.constantFrom(...kinds), ...numbers })

const by = (min: number, max: number) => fc.integer({ min, max }).map((moved) => ({ by: moved }))
const advance: fc.Arbitrary<Advance> = fc.oneof(
  { weight: 10, arbitrary: by(1, 5 * SECOND) },
  { weight: 4, arbitrary: by(MINUTE, 2 * HOUR) },
  { weight: 4, arbitrary: fc.record({ toDue: fc.nat(999), beside: fc.integer({ min: -1, max: 1 }) }) },
  { weight: 2, arbitrary: by(HOUR, 3 * DAY) },
  { weight: 1, arbitrary: by(10 * DAY, 75 * DAY) },
  { weight: 1, arbitrary: by(-2 * HOUR, -1) },
)

const account = fc.nat(999)
const groupOf = (min: number, max: number): fc.Arbitrary<Group> =>
  fc.record({ account, actions: fc.array(action, { minLength: min, maxLength: max, size: 'max' }) })
const group = fc.oneof({ weight: 3, arbitrary: groupOf(1, 1) }, { weight: 1, arbitrary: groupOf(2, 5) })

const ordinary: fc.Arbitrary<Step> = fc.record({
  advance,
  opens: fc.nat(29).map((dice) => dice === 7),
  groups: fc.array(group, { minLength: 1, maxLength: 30, size: 'max' }),
})

/** The minimum number of charges in a burst; an account never has as many other concurrent commands. */
export const BURST_MIN = 8

/** Many concurrent charges to one account. */
const burst: fc.Arbitrary<Step> = fc
  .record({
    advance,
    account,
    size: numbers.size,
    option: numbers.option,
    times: fc.integer({ min: BURST_MIN, max: 40 }),
  })
  .map(({ times, account: who, advance: moved, ...same }) => ({
    advance: moved,
    opens: false,
    groups: [
      {
        account: who,
        actions: Array.from({ length: times }, (_, pick) => ({ kind: 'charge' as const, pick, ...same })),
      },
    ],
  }))

/** Large concurrent charges to all accounts that reach one creator's velocity limits. */
const rush: fc.Arbitrary<Step> = fc
  .record({
    advance: by(1, HOUR),
    option: numbers.option,
    sizes: fc.array(numbers.size, { minLength: 4, maxLength: 14 }),
  })
  .map(({ advance: moved, option, sizes }) => ({
    advance: moved,
    opens: false,
    groups: sizes.map((size, index) => ({
      account: index,
      actions: [{ kind: 'large' as const, pick: size, size, option }],
    })),
  }))

export function stepsOf(lengthMax: number): fc.Arbitrary<Step[]> {
  const step = fc.oneof(
    { weight: 28, arbitrary: ordinary },
    { weight: 2, arbitrary: burst },
    { weight: 2, arbitrary: rush },
  )
  return fc.array(step, { minLength: 1, maxLength: lengthMax, size: 'max' })
}
