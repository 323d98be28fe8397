import fc from 'fast-check'
import type { Command } from './rules.test-support'
import type { ModelAccount } from './state.test-support'

/** What is to be done, before it is known to whom and to what: numbers that pick among what there is by then. */
type Action = { kind: Kind; account: number; pick: number; size: number; option: number }

/** Moves the clock, then does the actions at once. `together`: all on one account. */
export type Step = { advance: number; opens: boolean; together: boolean; actions: Action[] }

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const WEIGHTS = {
  charge: 10,
  hold: 8,
  capture: 8,
  release: 3,
  extend: 3,
  refund: 4,
  grant: 3,
  revoke: 1,
  pack: 1,
  super: 1,
  moneyBack: 2,
  retry: 4,
  conflict: 1,
} as const

type Kind = keyof typeof WEIGHTS

const kinds = Object.entries(WEIGHTS).flatMap(([kind, weight]) => Array<Kind>(weight).fill(kind as Kind))

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom(...kinds),
  account: fc.nat(999),
  pick: fc.nat(9_999),
  size: fc.nat(9_999),
  option: fc.nat(999),
})

const advance = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 1, max: 5 * SECOND }) },
  { weight: 4, arbitrary: fc.integer({ min: MINUTE, max: 2 * HOUR }) },
  { weight: 2, arbitrary: fc.integer({ min: HOUR, max: 3 * DAY }) },
  { weight: 1, arbitrary: fc.integer({ min: 10 * DAY, max: 75 * DAY }) },
  { weight: 1, arbitrary: fc.integer({ min: -2 * HOUR, max: -1 }) },
)

const burst: fc.Arbitrary<Step> = fc
  .record({
    advance,
    account: fc.nat(999),
    size: fc.nat(9_999),
    option: fc.nat(999),
    count: fc.integer({ min: 8, max: 40 }),
  })
  .map(({ advance: moved, account, size, option, count }) => ({
    advance: moved,
    opens: false,
    together: true,
    actions: Array.from({ length: count }, (_, pick) => ({
      kind: 'charge' as const,
      account,
      pick,
      size,
      option,
    })),
  }))

const ordinary: fc.Arbitrary<Step> = fc.record({
  advance,
  opens: fc.integer({ min: 0, max: 19 }).map((dice) => dice === 7),
  together: fc.boolean(),
  actions: fc.array(action, { minLength: 1, maxLength: 5, size: 'max' }),
})

export function stepsOf(lengthMax: number): fc.Arbitrary<Step[]> {
  const step = fc.oneof({ weight: 14, arbitrary: ordinary }, { weight: 1, arbitrary: burst })
  return fc.array(step, { minLength: 1, maxLength: lengthMax, size: 'max' })
}

const OPERATIONS = ['web.extract', 'ai.standard', 'web.extract', 'ai.standard', 'ai.advanced']
const GRANT_LIFETIMES = [null, 90 * SECOND, 20 * MINUTE, 5 * HOUR, 3 * DAY, 40 * DAY]
const HOLD_SECONDS = [null, 1, 30, 600, 7_200, 86_400]
const PACK_CENTS = 600

function pickOf<T>(items: readonly T[], pick: number): T | undefined {
  return items[pick % Math.max(items.length, 1)]
}

/** Sizes from a small use to more than a whole allowance, many of them odd. */
function quantityOf(operation: string, size: number): number {
  const many = size % 7 === 0
  if (operation === 'web.extract') return 1 + (size % (many ? 140 : 12))
  return 1 + ((size * 7_919) % (many ? 2_500_000 : 90_000))
}

/** The command an action comes to, given the account as it is by then; a charge where there is nothing to act on. */
export function planCommand(input: {
  action: Action
  index: number
  account: ModelAccount
  past: Command[]
  key: string
  clock: number
  /** Its place among the actions of its step. */
  turn: number
}): Command {
  const {
    action: { kind, pick, size, option },
    index,
    account,
    past,
    key,
    clock,
    turn,
  } = input
  const to = { account: index, key }
  const operation = pickOf(OPERATIONS, option) ?? 'web.extract'
  const quantity = quantityOf(operation, size)
  const inApp = option % 3 !== 0
  const hold = pickOf(account.holds.slice(-6), pick)
  const charge = pickOf(account.charges.slice(-8), pick)
  const made = account.grants.filter((grant) => grant.ref !== null)
  const seconds = pickOf(HOLD_SECONDS, option) ?? null
  switch (kind) {
    case 'hold': {
      const limit = option % 4 === 0 ? 1_000 + ((size * 37) % 200_000) : null
      return { ...to, kind, operation, quantity, inApp, limit, seconds }
    }
    case 'capture':
      if (hold)
        return {
          ...to,
          kind,
          hold: hold.ref,
          quantity: pick % 4 === 0 ? hold.quantity : quantityOf(hold.operation, size),
        }
      break
    case 'extend':
      if (hold)
        return {
          ...to,
          kind,
          hold: hold.ref,
          quantity: size % 3 === 0 ? null : quantityOf(hold.operation, size),
          seconds,
        }
      break
    case 'release':
      if (hold) return { ...to, kind, hold: hold.ref }
      break
    case 'refund':
      if (charge)
        return {
          ...to,
          kind,
          charge: charge.ref,
          amount: size % 3 === 0 ? null : 1 + ((size * 31) % (charge.paid + 500)),
        }
      break
    case 'grant': {
      const lifetime = pickOf(GRANT_LIFETIMES, option) ?? null
      return {
        ...to,
        kind,
        amount: 1 + ((size * 101) % 400_000),
        expiresAt: lifetime === null ? null : clock + lifetime,
      }
    }
    case 'revoke': {
      const grant = pickOf(made, pick)
      if (grant?.ref) return { ...to, kind, grant: grant.ref }
      break
    }
    case 'pack':
      return { ...to, kind, amount: 200_000 + size, cents: PACK_CENTS }
    case 'super': {
      // Two lines that pay for periods of one start are two subscriptions, which billing settles before the ledger.
      const start = clock - (size % 3) * HOUR - turn
      if (account.grants.some((grant) => grant.start === start)) break
      return { ...to, kind, start, end: start + (28 + (option % 4)) * DAY, cancelled: option % 5 === 0 }
    }
    case 'moneyBack': {
      const grant = pickOf(
        made.filter((one) => one.paid > 0),
        pick,
      )
      if (grant?.ref) return { ...to, kind, grant: grant.ref, cents: size % (grant.paid + 1) }
      break
    }
    case 'retry': {
      const again = pickOf(past, pick)
      if (again && again.kind !== 'moneyBack') return again
      break
    }
    case 'conflict': {
      const other = pickOf(
        past.filter((one) => !['pack', 'super', 'moneyBack'].includes(one.kind)),
        pick,
      )
      if (other)
        return {
          ...to,
          key: other.key,
          kind: 'charge',
          operation: 'web.extract',
          quantity: 131 + (pick % 5),
          inApp: false,
        }
      break
    }
    case 'charge':
      break
    default:
      kind satisfies never
  }
  return { ...to, kind: 'charge', operation, quantity, inApp }
}
