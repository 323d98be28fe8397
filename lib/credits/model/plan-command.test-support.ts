import { WINDOWS } from './limit-rules.test-support'
import type { PaidPeriod, Reading, Renewal } from './plan-rules.test-support'
import type { Command } from './rules.test-support'
import {
  APP_CREATORS,
  type ModelAccount,
  type ModelGrant,
  type ModelHold,
  type ModelPlan,
  nameOf,
  openHolds,
} from './state.test-support'
import type { Action } from './steps.test-support'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const OPERATIONS = [
  'web.extract',
  'ai.standard',
  'web.extract',
  'ai.standard',
  'ai.advanced',
  'web.extract',
  'editor.chat.fast',
]
const GRANT_LIFETIMES = [null, 90 * SECOND, 20 * MINUTE, 5 * HOUR, 3 * DAY, 40 * DAY]
const SCOPES = [
  ['account', null],
  ['editor', null],
  ['app', 0],
  ['account', null],
  ['app', 1],
] as const
const HOLD_SECONDS = [null, 1, 30, 600, 7_200, 86_400]
const PACK_CENTS = 600
/** The pages of a large charge: at least 10,000 credits. */
const LARGE_PAGES = 1_250
const LARGE = { operation: 'web.extract', run: null }
const NO_RUN = '00000000-0000-4000-8000-000000000000'

function pickOf<T>(items: readonly T[], pick: number): T | undefined {
  return items[pick % Math.max(items.length, 1)]
}

/** Sizes from a small use to more than a whole allowance, many of which are not round numbers. */
function quantityOf(operation: string, size: number): number {
  const many = size % 7 === 0
  if (operation === 'web.extract') return 1 + (size % (many ? 140 : 12))
  return 1 + ((size * 7_919) % (many ? 2_500_000 : 90_000))
}

type Situation = {
  action: Action
  account: ModelAccount
  /** The rewards that the account can move; negative if it owes. */
  rewards: number
  past: Command[]
  key: string
  clock: number
  /** The action's position among the account's actions in this step. */
  turn: number
}

/** Turns an action into a command for the account's current state. Without an object to act on, the command is a charge. */
export function planCommand(situation: Situation): Command {
  const { account, key } = situation
  return planned(situation) ?? { account: account.index, key, kind: 'charge', ...spenderOf(situation) }
}

function operationOf({ size, option }: Action) {
  const operation = pickOf(OPERATIONS, option) ?? 'web.extract'
  const app = option % 4 === 0 ? null : option % APP_CREATORS.length
  return { operation, quantity: quantityOf(operation, size), app }
}

/**
 * Half of all uses name a run, if there is one: usually an open one of their app, sometimes any, or one that does not
 * exist.
 */
function spenderOf({ account, action, clock }: Situation) {
  const { pick, size, option } = action
  const use = operationOf(action)
  if (size % 2 !== 0) return { ...use, run: null }
  if (pick % 60 === 0) return { ...use, run: NO_RUN }
  const runs = account.runs.slice(-6)
  const wanted = option % 9 === 0 ? runs : runs.filter((run) => run.closesAt > clock)
  const run = pickOf(wanted, pick)
  const isFit = pick % 10 > 0
  return run ? { ...use, app: isFit ? run.app : use.app, run: run.ref } : { ...use, run: null }
}

/** Usually an open hold; one of the newest holds if none is open. */
function pickHold({ account, action: { pick, option } }: Situation): ModelHold | undefined {
  const open = openHolds(account)
  return pickOf(open.length > 0 && option % 4 > 0 ? open : account.holds.slice(-6), pick)
}

function planned(situation: Situation): Command | null {
  const { action, account, past, key, clock } = situation
  const { kind, pick, size, option } = action
  const to = { account: account.index, key }
  const hold = pickHold(situation)
  const charge = pickOf(account.charges.slice(-8), pick)
  const seconds = pickOf(HOLD_SECONDS, option) ?? null
  switch (kind) {
    case 'charge':
      return null
    case 'large': {
      const quantity = LARGE_PAGES + ((size * 31) % (3 * LARGE_PAGES))
      return { ...to, kind: 'charge', ...LARGE, quantity, app: option % APP_CREATORS.length }
    }
    case 'hold': {
      const limit = option % 5 === 0 ? 1_000 + ((size * 37) % 200_000) : null
      return { ...to, kind, ...spenderOf(situation), limit, seconds }
    }
    case 'capture': {
      if (!hold) return null
      const quantity = pick % 4 === 0 ? hold.quantity : quantityOf(hold.operation, size)
      return { ...to, kind, hold: hold.ref, quantity }
    }
    case 'extend': {
      if (!hold) return null
      const quantity = size % 3 === 0 ? null : quantityOf(hold.operation, size)
      return { ...to, kind, hold: hold.ref, quantity, seconds }
    }
    case 'release':
      return hold ? { ...to, kind, hold: hold.ref } : null
    case 'refund': {
      if (!charge) return null
      const amount = size % 3 === 0 ? null : 1 + ((size * 31) % (charge.paid + 500))
      return { ...to, kind, charge: charge.ref, amount }
    }
    case 'grant': {
      const lifetime = pickOf(GRANT_LIFETIMES, option) ?? null
      const expiresAt = lifetime === null ? null : clock + lifetime
      return { ...to, kind, amount: 1 + ((size * 101) % 400_000), expiresAt }
    }
    case 'revoke': {
      const named = account.grants.flatMap((one) => nameOf(one) ?? [])
      const grant = pickOf(named, pick)
      return grant ? { ...to, kind, grant } : null
    }
    case 'transfer': {
      // Moves all rewards, some of them, or slightly more than all. An account without rewards tries only sometimes.
      const { rewards } = situation
      if (rewards <= 0) return pick % 5 === 0 ? { ...to, kind, amount: 1 + size } : null
      const amount = [rewards, 1 + (size % rewards), rewards + 1 + (size % 3)][pick % 3] ?? rewards
      return { ...to, kind, amount }
    }
    case 'budget': {
      const app = pick % APP_CREATORS.length
      // Resumes more often than it pauses, so that enough is spent.
      if (option % 3 === 0) return { ...to, kind: 'pause', app, paused: pick % 4 === 0 }
      const limit = option % 4 === 0 ? null : 1 + ((size * 61) % 700_000)
      return { ...to, kind, app, limit, paused: [null, false, null, true, false][pick % 5] ?? null }
    }
    case 'limit': {
      const [scope, app] = SCOPES[option % SCOPES.length] ?? ['account', null]
      const window = app === null ? (WINDOWS[pick % WINDOWS.length] ?? 'day') : 'day'
      const amounts = { day: 400_000, week: 900_000, month: 1_200_000 }
      // Removes a limit more often than it sets one of zero, so that enough is spent.
      const amount = size % 5 < 2 ? null : size % 31 === 0 ? 0 : (size * 97) % amounts[window]
      return { ...to, kind, scope, app, window, amount }
    }
    case 'run': {
      const app = option % 3 === 0 ? null : option % APP_CREATORS.length
      return { ...to, kind, app, cap: 1 + ((size * 53) % 300_000) }
    }
    case 'raise': {
      const run = pickOf(account.runs.slice(-3), pick)
      return run ? { ...to, kind, run: run.ref, cap: 1 + ((size * 89) % 500_000) } : null
    }
    case 'close': {
      const run = pickOf(account.runs.slice(-3), pick)
      return run ? { ...to, kind, run: run.ref } : null
    }
    case 'billing': {
      const reading = planReading(situation)
      return reading && { ...to, kind, reading: { ...NO_NEWS, isStale: size % 11 === 0, ...reading } }
    }
    case 'retry':
      return pickOf(past, pick) ?? null
    case 'conflict': {
      const keyed = [
        'charge',
        'hold',
        'capture',
        'extend',
        'release',
        'refund',
        'grant',
        'revoke',
        'transfer',
      ]
      const other = pickOf(
        past.filter((one) => keyed.includes(one.kind)),
        pick,
      )
      const use = { operation: 'web.extract', quantity: 131 + (pick % 5), app: null, run: null }
      return other ? { ...to, key: other.key, kind: 'charge', ...use } : null
    }
    default:
      return kind satisfies never
  }
}

export const NO_NEWS: Reading = { isStale: false, packs: [], periods: [], subscription: null, returned: [] }

/**
 * A possible next reading of Stripe: a pack bought; a subscription started, renewed, ended, late or overdue; or money
 * returned.
 */
function planReading({ action, account, key, clock, turn }: Situation): Partial<Reading> | null {
  const { pick, size, option } = action
  const newest = newestPaid(account)
  const line = { line: `${key}-line`, payment: `${key}-payment`, isTrial: false, own: [] }
  const standing = newest && account.plan !== 'free'
  const plan = newest?.plan ?? 'super'
  const startedAt = account.subscribedAt ?? Number(newest?.start ?? clock)
  const subscription = (endsAt: number | null, renewal: Renewal = 'awaited', to: ModelPlan = plan) => ({
    subscription: { plan: to, startedAt, endsAt, renewal },
  })
  switch (option % 9) {
    case 0: {
      const pack = {
        ...line,
        amount: 200_000 + size,
        cents: PACK_CENTS,
        expiresAt: pick % 3 === 0 ? clock + DAY : null,
      }
      const other = { ...pack, line: `${key}-other`, amount: 50_000 + size, cents: 250 }
      return { packs: size % 2 === 0 ? [pack] : [pack, other] }
    }
    case 1: {
      const start = clock - (size % 3) * HOUR - turn
      if (account.grants.some((grant) => grant.start === start)) return null
      const wanted = pickOf(BOUGHT, size) ?? 'super'
      const end = wanted === 'super_year' ? yearAfter(start) : start + (28 + (pick % 4)) * DAY
      if (standing) return upgrade(account, { ...line, plan: 'pro', start, end: start + 30 * DAY })
      const life = { startedAt: start, endsAt: pick % 5 === 0 ? end : null, renewal: 'awaited' as const }
      return { periods: [{ ...line, plan: wanted, start, end }], subscription: { ...life, plan: wanted } }
    }
    case 2:
    case 3: {
      // Stripe finalises a renewal about an hour late; it may be reported days later.
      const start = Number(newest?.end)
      if (!standing || turn > 0 || clock < start || clock > start + 6 * DAY) return null
      if (account.lines.some(({ line, isOpen }) => isOpen && line === newest.line)) return null
      const next = pickOf(BOUGHT, size) ?? 'super'
      const end = next === 'super_year' ? yearAfter(start) : start + 30 * DAY
      return { periods: [{ ...line, plan: next, start, end }], ...subscription(null, 'awaited', next) }
    }
    case 4: {
      if (!standing) return null
      const end = Number(newest.end)
      // The subscription ends at the end of its period, or while its renewal is awaited.
      return subscription(end > clock ? end + (size % 3) * HOUR : clock + HOUR)
    }
    case 5: {
      // A trial, with or without credits. Sometimes no reading has reported the end of the subscription before it.
      const start = clock - (size % 3) * HOUR - turn
      const trial = { plan, startedAt: start, endsAt: null, renewal: 'awaited' as const }
      if (size % 4 > 0) return standing ? subscription(null) : null
      // Each account gets the credits of at most one trial.
      const hadOne = account.grants.some(
        ({ line, paid, start: other }) => (line !== null && paid === 0) || other === start,
      )
      if (pick % 2 === 0 || turn > 0 || hadOne) return { subscription: trial }
      const periods = [{ ...line, plan, start, end: start + 14 * DAY, isTrial: true }]
      return { periods, subscription: trial }
    }
    case 6: {
      if (!standing) return null
      const end = Number(newest.end)
      // A bank takes days to answer, and sometimes its answer becomes known even later.
      const debit = { by: end + (size % 14) * DAY + HOUR }
      return subscription(size % 5 === 0 ? end + 2 * DAY : null, pick % 2 === 0 ? 'overdue' : debit)
    }
    case 7: {
      if (size % 3 === 0 && newest) return subscription(clock - (size % 4) * MINUTE)
      const start = Number(oldestPaid(account)?.start) - 30 * DAY
      // A report is never so late that all newer periods are over.
      if (!newest || turn > 0 || Number(newest.expiresAt) < clock - 20 * DAY) return null
      if (account.grants.some((grant) => grant.start === start)) return null
      return { periods: [{ ...line, plan: 'super', start, end: start + 30 * DAY }] }
    }
    default: {
      const bought = account.grants.filter((grant) => grant.payment !== null && grant.paid > 0)
      const payment = pickOf(bought, pick)?.payment
      if (!payment) return null
      const whole = account.lines.find((one) => one.payment === payment)?.cents
      const parts = bought.filter((one) => one.payment === payment)
      const paid = whole ?? parts.reduce((sum, one) => sum + one.paid, 0)
      return { returned: [{ payment, cents: size % (paid + 1) }] }
    }
  }
}

/** A paid plan, more often the monthly one. */
const BOUGHT = ['super', 'super_year', 'super', 'pro'] as const

function yearAfter(start: number): number {
  const end = new Date(start)
  end.setUTCFullYear(end.getUTCFullYear() + 1)
  return end.getTime()
}

/** A higher plan in the middle of a period: the same subscription begins a new one. */
function upgrade(account: ModelAccount, period: Omit<PaidPeriod, 'own'>): Partial<Reading> | null {
  const { subscribedAt, lines, grants } = account
  if (account.plan === 'pro' || subscribedAt === null || period.start <= subscribedAt) return null
  const own = paidPeriods(account).flatMap(({ line, start, paid }) => {
    const from = lines.find((one) => one.line === line)?.start ?? Number(start)
    return line !== null && paid > 0 && from >= subscribedAt ? [{ line, start: from }] : []
  })
  // Stripe does not bill a period that began before the newest one of its subscription.
  if (grants.some(({ plan, start }) => plan !== 'free' && Number(start) >= period.start)) return null
  const subscription = { plan: 'pro', startedAt: subscribedAt, endsAt: null, renewal: 'awaited' } as const
  return { periods: [{ ...period, own: [...own, { line: period.line, start: period.start }] }], subscription }
}

function paidPeriods(account: ModelAccount): ModelGrant[] {
  return account.grants
    .filter(({ plan }) => plan !== null && plan !== 'free')
    .sort((left, right) => Number(left.start) - Number(right.start))
}

const newestPaid = (account: ModelAccount) => paidPeriods(account).at(-1)
const oldestPaid = (account: ModelAccount) => paidPeriods(account)[0]
