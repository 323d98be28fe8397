import { setBudget, spend, unspend } from './budget-rules.test-support'
import {
  boundsOf,
  changeRun,
  noteCounted,
  roomLeft,
  runFacts,
  type Spender,
  setLimit,
  startRun,
  touchRun,
  type Window,
} from './limit-rules.test-support'
import { applyReading, type Reading } from './plan-rules.test-support'
import { type Around, plus, reverse, reward, takeBack, transfer } from './reward-rules.test-support'
import {
  type Answer,
  addHold,
  available,
  changeHold,
  copyOf,
  earnerOf,
  giveBack,
  grantAt,
  held,
  issue,
  type ModelAccount,
  type ModelHold,
  type ModelRun,
  merged,
  nameOf,
  type Part,
  revokeFrom,
  type Scope,
  settle,
  settleBefore,
  spendingOrder,
  take,
  timeOf,
  type Usage,
  unhold,
} from './state.test-support'

/** `run`: the real id of a run, of this account or another. */
type Use = { operation: string; quantity: number; app: number | null; run: string | null }

export type Command = { account: number; key: string } & (
  | ({ kind: 'charge' } & Use)
  | ({ kind: 'hold'; limit: number | null; seconds: number | null } & Use)
  | { kind: 'extend'; hold: string; quantity: number | null; seconds: number | null }
  | { kind: 'capture'; hold: string; quantity: number }
  | { kind: 'release'; hold: string }
  | { kind: 'refund'; charge: string; amount: number | null }
  | { kind: 'grant'; amount: number; expiresAt: number | null }
  /** `grant`: the grant's name (`nameOf`). */
  | { kind: 'revoke'; grant: string }
  | { kind: 'transfer'; amount: number }
  | { kind: 'budget'; app: number; limit: number | null; paused: boolean | null }
  | { kind: 'pause'; app: number; paused: boolean }
  | ({ kind: 'limit'; window: Window; amount: number | null } & Scope)
  | { kind: 'run'; app: number | null; cap: number }
  | { kind: 'raise'; run: string; cap: number }
  | { kind: 'close'; run: string }
  | { kind: 'billing'; reading: Reading }
)

/** The circumstances in which the model applies one command. */
export type Moment = {
  clock: number
  /** The real ledger's id of the created object. */
  ref: string
  /** The real ledger's answer, used only for values that depend on other accounts, within their bounds. */
  seen: Record<string, unknown>
  /** The withheld part of the charge's reward, if read. */
  seenOnHold: number | null
  around: Around
}

/** Commands that set a state and can be repeated, so they store no key. */
const UNKEYED: ReadonlySet<Command['kind']> = new Set([
  'budget',
  'pause',
  'limit',
  'run',
  'raise',
  'close',
  'billing',
])

type Refusal = Extract<Answer, { ok: false }>

/** A refusal by the model. */
class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code)
  }
}

const refuse = (code: string, facts: Record<string, unknown> = {}): never => {
  throw new Refused({ ok: false, code, facts })
}

const DAY = 24 * 3_600_000

/** The model's prices in millicredits; use in another person's app adds a tenth. */
const PRICES: Record<string, (quantity: number) => number> = {
  'web.extract': (pages) => pages * 8_000,
  'ai.standard': (tokens) => Math.max(Math.ceil(tokens / 2), 2_000),
  'ai.advanced': (tokens) => Math.max(tokens * 2, 10_000),
  'editor.chat.fast': (tokens) => Math.max(tokens, 40_000),
}
/** Operations of the editor carry no premium. */
const hasNoPremium = (operation: string) => operation.startsWith('editor.')

export function priceOf(operation: string, quantity: number, hasPremium: boolean) {
  const base = PRICES[operation]?.(quantity) ?? 0
  const premium = hasPremium && !hasNoPremium(operation) ? Math.floor(base / 10) : 0
  return { base, premium, total: base + premium }
}

/**
 * Returns the account after a command, as the design specifies, without changing the given account. A refusal or a repeat
 * returns the same object.
 */
export function apply(
  before: ModelAccount,
  command: Command,
  moment: Moment,
): { account: ModelAccount; answer: Answer } {
  const isKeyed = !UNKEYED.has(command.kind)
  const asked = isKeyed ? JSON.stringify({ ...command, key: '' }) : ''
  const known = isKeyed ? knownOf(before, command.key) : undefined
  if (known?.asked === asked)
    return { account: before, answer: { ok: true, replayed: true, facts: known.facts } }
  if (known)
    return {
      account: before,
      answer: { ok: false, code: 'idempotency_conflict', facts: { existing: known.ref, kind: known.kind } },
    }
  if (command.kind === 'billing' && command.reading.isStale)
    return { account: before, answer: { ok: true, replayed: true, facts: { applied: false } } }
  const account = copyOf(before)
  const now = timeOf(account, moment.clock)
  try {
    if (command.kind === 'billing')
      settleBefore(account, now, command.reading.subscription?.startedAt ?? null)
    else settle(account, now)
    const facts = execute(account, command, now, moment)
    takeBack(account)
    if (account.plan !== before.plan) account.movedAt = now
    const remembered = { asked, kind: command.kind, ref: moment.ref, facts }
    if (isKeyed) account.newKeys = [...account.newKeys, [command.key, remembered]]
    return { account, answer: { ok: true, replayed: false, facts } }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { account: before, answer: error.refusal }
  }
}

function knownOf(account: ModelAccount, key: string) {
  return account.keys.get(key) ?? account.newKeys.find(([one]) => one === key)?.[1]
}

function execute(
  account: ModelAccount,
  command: Command,
  now: number,
  moment: Moment,
): Record<string, unknown> {
  const { ref } = moment
  switch (command.kind) {
    case 'charge': {
      const price = priceFor(account, command, command.quantity)
      requireFunds(account, command, price.total, now)
      const parts = take(account, price.total, 'used')
      return record(account, { ...command, ...price, paid: price.total, parts, now }, moment)
    }
    case 'hold': {
      const price = priceFor(account, command, command.quantity)
      const amount = Math.min(price.total, command.limit ?? price.total)
      requireFunds(account, command, amount, now)
      const { operation, quantity, app, run, limit } = command
      const expiresAt = now + (command.seconds ?? 900) * 1_000
      const parts = take(account, amount, 'held')
      addHold(account, {
        ref,
        operation,
        app,
        run,
        quantity,
        amount,
        limit,
        status: 'open',
        expiresAt,
        parts,
      })
      touchRun(account, run, now)
      return { amount, status: 'open', expiresAt }
    }
    case 'extend':
      return extend(account, command, now)
    case 'capture':
      return capture(account, command, now, moment)
    case 'release': {
      const hold = holdOf(account, command.hold)
      if (hold.status === 'captured') refuse('hold_closed', { holdStatus: 'captured' })
      if (hold.status !== 'open') return holdFacts(hold)
      unhold(account, hold.parts, now, now)
      return holdFacts(changeHold(account, hold, { status: 'released', parts: [] }))
    }
    case 'refund':
      return refund(account, command, now)
    case 'grant': {
      if (command.expiresAt !== null && command.expiresAt <= now) refuse('invalid_request')
      issue(account, now, { ref, source: 'promo', granted: command.amount, expiresAt: command.expiresAt })
      return { remaining: command.amount }
    }
    case 'revoke': {
      const index = account.grants.findIndex((grant) => nameOf(grant) === command.grant)
      revokeFrom(account, index, Number.MAX_SAFE_INTEGER, now)
      return { remaining: grantAt(account, index).remaining }
    }
    case 'transfer':
      return (
        transfer(account, { amount: command.amount, ref, now }, moment.around, moment.seen) ??
        refuse('invalid_request')
      )
    case 'budget':
      return setBudget(account, command, now)
    case 'pause': {
      const limit = account.budgets.get(command.app)?.limit ?? null
      return setBudget(account, { ...command, limit }, now)
    }
    case 'limit':
      return setLimit(account, command, now)
    case 'run':
      return runFacts(account, startRun(account, { ...command, ref }, now), now)
    case 'raise': {
      const run = runOf(account, command.run)
      const { spent, held: reserved } = runFacts(account, run, now)
      if (now >= run.closesAt) refuse('run_closed')
      if (command.cap < spent + reserved) refuse('invalid_request')
      const raised = changeRun(account, run, { cap: command.cap })
      touchRun(account, raised.ref, now)
      return runFacts(account, runOf(account, command.run), now)
    }
    case 'close': {
      const run = runOf(account, command.run)
      const closed = now < run.closesAt ? changeRun(account, run, { closesAt: now }) : run
      return runFacts(account, closed, now)
    }
    case 'billing':
      applyReading(account, command.reading, now)
      return { applied: true }
    default:
      return command satisfies never
  }
}

const priceFor = (account: ModelAccount, use: Omit<Use, 'quantity' | 'run'>, quantity: number) =>
  priceOf(use.operation, quantity, earnerOf(account, use.app) !== null)

function runOf(account: ModelAccount, ref: string): ModelRun {
  const run = account.runs.find((candidate) => candidate.ref === ref)
  return run ?? refuse('not_found')
}

/** A use names an open run of its account and its app. */
function requireRun(account: ModelAccount, use: Spender, now: number): void {
  if (use.run === null) return
  const run = runOf(account, use.run)
  if (run.app !== use.app) refuse('invalid_request')
  if (now >= run.closesAt) refuse('run_closed')
}

/** Checks the run, then the plan, the pause, what bounds the use, and the available credits. */
function requireFunds(
  account: ModelAccount,
  use: Omit<Use, 'quantity'>,
  required: number,
  now: number,
): void {
  requireRun(account, use, now)
  if (use.operation === 'ai.advanced' && account.plan === 'free') refuse('plan_required')
  requireRoom(account, use, required, now)
  requireAvailable(account, required)
}

/** Names the first of the bounds with the least room if it does not cover the request. */
function requireRoom(account: ModelAccount, use: Spender, required: number, now: number): void {
  if (use.app !== null && account.budgets.get(use.app)?.paused) refuse('app_paused')
  const [least] = boundsOf(account, use, now)
    .map((bound) => ({ ...bound, room: bound.limit - bound.used - bound.held }))
    .toSorted((left, right) => left.room - right.room)
  if (!least || required <= least.room) return
  const { scope, app, run, window, limit, used, held: reserved } = least
  if (scope === 'budget') refuse('budget_exceeded', { required, budget: limit, used: used + reserved })
  refuse('limit_reached', { required, scope, app, run, window, limit, used, held: reserved })
}

function requireAvailable(account: ModelAccount, required: number): void {
  if (required > available(account))
    refuse('insufficient_credits', { required, available: available(account) })
}

type Recorded = {
  operation: string
  app: number | null
  run: string | null
  base: number
  premium: number
  paid: number
  parts: Part[]
  now: number
}

function record(account: ModelAccount, made: Recorded, moment: Moment): Record<string, unknown> {
  const { operation, app, run, base, premium, paid, now } = made
  const parts = merged(made.parts)
  const earned = reward(account, { ...made, parts }, moment)
  account.charges.push({ ref: moment.ref, at: now, operation, app, run, paid, ...earned, parts, refunded: 0 })
  spend(account, app, paid)
  noteCounted(account, made, now)
  touchRun(account, run, now)
  count(account, app, { charges: 1, base, premium, paid, refunded: 0 })
  account.movedAt = now
  const balanceAfter = available(account) + held(account)
  return {
    base,
    premium,
    absorbed: base + premium - paid,
    reward: earned.reward,
    balanceAfter,
    parts: parts.map((part) => part.amount),
  }
}

function count(account: ModelAccount, app: number | null, use: Usage): void {
  const before = account.usage.get(app ?? -1)
  account.usage.set(app ?? -1, before ? plus(before, use) : use)
}

function holdOf(account: ModelAccount, ref: string): ModelHold {
  const hold = account.holds.find((candidate) => candidate.ref === ref)
  if (!hold) throw new Error('the model has no such hold')
  return hold
}

const holdFacts = ({ amount, status, expiresAt }: ModelHold) => ({ amount, status, expiresAt })

function extend(account: ModelAccount, command: Extract<Command, { kind: 'extend' }>, now: number) {
  const hold = holdOf(account, command.hold)
  if (hold.status !== 'open') refuse('hold_closed', { holdStatus: hold.status })
  const quantity = command.quantity ?? hold.quantity
  const total = command.quantity === null ? hold.amount : priceFor(account, hold, quantity).total
  // A hold never shrinks and never exceeds its limit.
  const more = Math.max(0, Math.min(total, hold.limit ?? total) - hold.amount)
  // Merely postponing the expiry spends nothing.
  if (more > 0) {
    requireRun(account, hold, now)
    requireRoom(account, hold, more, now)
  }
  requireAvailable(account, more)
  const all = merged([...hold.parts, ...take(account, more, 'held')])
  const order = spendingOrder(account)
  const parts = all.toSorted((left, right) => order.indexOf(left.grant) - order.indexOf(right.grant))
  const renewed = now + (command.seconds ?? 900) * 1_000
  const expiresAt = command.seconds === null ? Math.max(hold.expiresAt, renewed) : renewed
  touchRun(account, hold.run, now)
  return holdFacts(changeHold(account, hold, { quantity, amount: hold.amount + more, parts, expiresAt }))
}

/**
 * paid = min(total, hold + extra), extra = min(available, what limits, budget and run leave, limit − hold); the rest is
 * absorbed, never debt.
 */
function capture(
  account: ModelAccount,
  command: Extract<Command, { kind: 'capture' }>,
  now: number,
  moment: Moment,
) {
  const hold = holdOf(account, command.hold)
  const isOpen = hold.status === 'open'
  const isLate = hold.status === 'expired' && now - hold.expiresAt <= DAY
  if (!isOpen && !isLate) refuse('hold_closed', { holdStatus: hold.status })
  const price = priceFor(account, hold, command.quantity)
  const mayExtend = roomLeft(account, hold, now)
  const parts: Part[] = []
  let left = price.total
  const rest: Part[] = []
  for (const part of isOpen ? hold.parts : []) {
    const used = Math.min(part.amount, left)
    left -= used
    const grant = grantAt(account, part.grant)
    grant.held -= used
    grant.used += used
    if (used > 0) parts.push({ grant: part.grant, amount: used })
    if (part.amount > used) rest.push({ grant: part.grant, amount: part.amount - used })
  }
  const within = hold.limit === null ? left : Math.max(0, hold.limit - (isOpen ? hold.amount : 0))
  const extra = Math.min(left, available(account), within, mayExtend)
  parts.push(...take(account, extra, 'used'))
  changeHold(account, hold, { status: 'captured', parts: [] })
  const paid = price.total - (left - extra)
  const facts = record(account, { ...hold, ...price, paid, parts, now }, moment)
  unhold(account, rest, now, now)
  return facts
}

function refund(account: ModelAccount, command: Extract<Command, { kind: 'refund' }>, now: number) {
  const index = account.charges.findIndex((candidate) => candidate.ref === command.charge)
  const charge = account.charges[index]
  if (!charge) throw new Error('the model has no such charge')
  const most = charge.paid - charge.refunded
  const amount = command.amount ?? most
  if (most === 0 || amount > most) refuse('invalid_request')
  let skip = charge.refunded
  let left = amount
  let homeless = 0
  for (const part of charge.parts.toReversed()) {
    const gone = Math.min(skip, part.amount)
    skip -= gone
    const back = Math.min(part.amount - gone, left)
    left -= back
    if (back === 0) continue
    grantAt(account, part.grant).used -= back
    homeless += giveBack(account, { grant: part.grant, amount: back }, now, now)
  }
  if (homeless > 0) issue(account, now, { source: 'promo', granted: homeless, expiresAt: now + 30 * DAY })
  unspend(account, charge, amount)
  count(account, charge.app, { charges: 0, base: 0, premium: 0, paid: 0, refunded: amount })
  const rewardReversed = reverse(account, charge, amount)
  account.charges[index] = { ...charge, refunded: charge.refunded + amount }
  account.movedAt = now
  return { amount, rewardReversed }
}
