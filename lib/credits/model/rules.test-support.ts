import {
  type Answer,
  available,
  expireRest,
  giveBack,
  grantAt,
  held,
  isOver,
  issue,
  type ModelAccount,
  type ModelHold,
  merged,
  type Part,
  revokeFrom,
  settle,
  take,
  timeOf,
  total,
  unhold,
} from './state.test-support'

export type Command = { account: number; key: string } & (
  | { kind: 'charge'; operation: string; quantity: number; inApp: boolean }
  | {
      kind: 'hold'
      operation: string
      quantity: number
      inApp: boolean
      limit: number | null
      seconds: number | null
    }
  | { kind: 'extend'; hold: string; quantity: number | null; seconds: number | null }
  | { kind: 'capture'; hold: string; quantity: number }
  | { kind: 'release'; hold: string }
  | { kind: 'refund'; charge: string; amount: number | null }
  | { kind: 'grant'; amount: number; expiresAt: number | null }
  | { kind: 'revoke'; grant: string }
  | { kind: 'pack'; amount: number; cents: number }
  | { kind: 'super'; start: number; end: number; cancelled: boolean }
  | { kind: 'moneyBack'; grant: string; cents: number }
)

type Refusal = Extract<Answer, { ok: false }>

/** What a refusal throws inside the model. */
class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code)
  }
}

const refuse = (code: string, facts: Record<string, unknown> = {}): never => {
  throw new Refused({ ok: false, code, facts })
}

const SUPER = 10_000_000
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** The price table's rows the model uses, in millicredits; a tenth on top in someone else's app. */
const PRICES: Record<string, (quantity: number) => number> = {
  'web.extract': (pages) => pages * 8_000,
  'ai.standard': (tokens) => Math.max(Math.ceil(tokens / 2), 2_000),
  'ai.advanced': (tokens) => Math.max(tokens * 2, 10_000),
}

export function priceOf(operation: string, quantity: number, hasPremium: boolean) {
  const base = PRICES[operation]?.(quantity) ?? 0
  const premium = hasPremium ? Math.floor(base / 10) : 0
  return { base, premium, total: base + premium }
}

/**
 * What the design says a command does to an account at a clock's time; the account itself stays as it is. `ref` is the id
 * the real ledger gave to what the command made. A refusal, and a repeat, leave the account exactly as it was.
 */
export function apply(
  before: ModelAccount,
  command: Command,
  clock: number,
  ref: string,
): { account: ModelAccount; answer: Answer } {
  const asked = JSON.stringify({ ...command, key: '' })
  const known = command.kind === 'moneyBack' ? undefined : before.keys[command.key]
  if (known?.asked === asked)
    return { account: before, answer: { ok: true, replayed: true, facts: known.facts } }
  if (known)
    return {
      account: before,
      answer: { ok: false, code: 'idempotency_conflict', facts: { existing: known.ref, kind: known.kind } },
    }
  const account = structuredClone(before)
  const now = timeOf(account, clock)
  try {
    settle(account, now)
    const facts = execute(account, command, now, ref)
    account.keys[command.key] = { asked, kind: command.kind, ref, facts }
    return { account, answer: { ok: true, replayed: false, facts } }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { account: before, answer: error.refusal }
  }
}

function execute(account: ModelAccount, command: Command, now: number, ref: string): Record<string, unknown> {
  switch (command.kind) {
    case 'charge': {
      const price = priceOf(command.operation, command.quantity, command.inApp && !account.isCreator)
      requireFunds(account, command.operation, price.total)
      const parts = take(account, price.total, 'used')
      return record(account, {
        ref,
        ...price,
        paid: price.total,
        parts,
        earns: command.inApp && !account.isCreator,
        now,
      })
    }
    case 'hold': {
      const price = priceOf(command.operation, command.quantity, command.inApp && !account.isCreator)
      const amount = Math.min(price.total, command.limit ?? price.total)
      requireFunds(account, command.operation, amount)
      const { operation, quantity, inApp, limit } = command
      const expiresAt = now + (command.seconds ?? 900) * 1_000
      const parts = take(account, amount, 'held')
      account.holds.push({ ref, operation, inApp, quantity, amount, limit, status: 'open', expiresAt, parts })
      return { amount, status: 'open', expiresAt }
    }
    case 'extend':
      return extend(account, command, now)
    case 'capture':
      return capture(account, command, now, ref)
    case 'release': {
      const hold = holdOf(account, command.hold)
      if (hold.status === 'captured') refuse('hold_closed', { holdStatus: 'captured' })
      if (hold.status === 'open') {
        unhold(account, hold.parts, now, now)
        Object.assign(hold, { status: 'released', parts: [] })
      }
      return holdFacts(hold)
    }
    case 'refund':
      return refund(account, command, now)
    case 'grant': {
      if (command.expiresAt !== null && command.expiresAt <= now) refuse('invalid_request')
      issue(account, now, { ref, source: 'promo', granted: command.amount, expiresAt: command.expiresAt })
      return { remaining: command.amount }
    }
    case 'revoke': {
      const index = account.grants.findIndex((grant) => grant.ref === command.grant)
      revokeFrom(account, index, Number.MAX_SAFE_INTEGER, now)
      return { remaining: grantAt(account, index).remaining }
    }
    case 'pack':
      issue(account, now, {
        ref,
        source: 'pack',
        granted: command.amount,
        expiresAt: null,
        paid: command.cents,
      })
      return {}
    case 'super':
      startSuper(account, command, now, ref)
      return {}
    case 'moneyBack':
      moneyBack(account, command, now)
      return {}
    default:
      return command satisfies never
  }
}

function requireFunds(account: ModelAccount, operation: string, required: number): void {
  if (operation === 'ai.advanced' && account.plan !== 'super') refuse('plan_required')
  if (required > available(account))
    refuse('insufficient_credits', { required, available: available(account) })
}

type Recorded = {
  ref: string
  base: number
  premium: number
  paid: number
  parts: Part[]
  earns: boolean
  now: number
}

function record(account: ModelAccount, made: Recorded): Record<string, unknown> {
  const { ref, base, premium, paid, earns, now } = made
  const parts = merged(made.parts)
  const reward = earns ? exactShare(premium, paid, base + premium) : 0
  const bought = total(
    parts.filter((part) => grantAt(account, part.grant).paid > 0).map((part) => part.amount),
  )
  const fromBought = paid === 0 ? 0 : exactShare(reward, bought, paid)
  account.earnedPaid += fromBought
  account.earnedFree += reward - fromBought
  account.charges.push({ ref, paid, reward, parts, refunded: 0, reversed: 0 })
  account.movedAt = now
  const balanceAfter = available(account) + held(account)
  return {
    base,
    premium,
    absorbed: base + premium - paid,
    reward,
    balanceAfter,
    parts: parts.map((part) => part.amount),
  }
}

/** ⌊amount × numerator ÷ denominator⌋. The model's amounts are far below where a product would lose digits. */
function exactShare(amount: number, numerator: number, denominator: number): number {
  const product = amount * numerator
  if (!Number.isSafeInteger(product)) throw new Error(`too large for the model: ${amount} × ${numerator}`)
  return (product - (product % denominator)) / denominator
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
  if (command.quantity !== null) {
    const price = priceOf(hold.operation, command.quantity, hold.inApp && !account.isCreator)
    const required = Math.min(price.total, hold.limit ?? price.total) - hold.amount
    if (required > available(account))
      refuse('insufficient_credits', { required, available: available(account) })
    if (required > 0) {
      hold.parts = merged([...hold.parts, ...take(account, required, 'held')])
      hold.amount += required
    }
    hold.quantity = command.quantity
  }
  const renewed = now + (command.seconds ?? 900) * 1_000
  hold.expiresAt = command.seconds === null ? Math.max(hold.expiresAt, renewed) : renewed
  return holdFacts(hold)
}

function capture(
  account: ModelAccount,
  command: Extract<Command, { kind: 'capture' }>,
  now: number,
  ref: string,
) {
  const hold = holdOf(account, command.hold)
  const isOpen = hold.status === 'open'
  const isLate = hold.status === 'expired' && now - hold.expiresAt <= DAY
  if (!isOpen && !isLate) refuse('hold_closed', { holdStatus: hold.status })
  const earns = hold.inApp && !account.isCreator
  const price = priceOf(hold.operation, command.quantity, earns)
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
  const extra = Math.min(left, available(account), within)
  parts.push(...take(account, extra, 'used'))
  Object.assign(hold, { status: 'captured', parts: [] })
  const facts = record(account, { ref, ...price, paid: price.total - (left - extra), parts, earns, now })
  unhold(account, rest, now, now)
  return facts
}

function refund(account: ModelAccount, command: Extract<Command, { kind: 'refund' }>, now: number) {
  const charge = account.charges.find((candidate) => candidate.ref === command.charge)
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
  charge.refunded += amount
  const rewardReversed = exactShare(charge.reward, charge.refunded, charge.paid) - charge.reversed
  charge.reversed += rewardReversed
  account.reversed += rewardReversed
  account.movedAt = now
  return { amount, rewardReversed }
}

function startSuper(
  account: ModelAccount,
  command: Extract<Command, { kind: 'super' }>,
  now: number,
  ref: string,
) {
  const { start, end, cancelled } = command
  const isNewest = !account.grants.some((grant) => grant.plan === 'super' && Number(grant.start) > start)
  const counts = isNewest && !(cancelled && end <= now)
  if (counts) {
    account.grants.forEach((grant, index) => {
      if (grant.source !== 'allowance' || isOver(grant, now)) return
      expireRest(account, index, now, now)
      grant.expiresAt = now
    })
    account.plan = 'super'
    account.planEndsAt = cancelled ? end : null
  }
  const expiresAt = counts ? (cancelled ? end : end + 72 * HOUR) : now
  issue(account, now, {
    ref,
    source: 'allowance',
    granted: SUPER,
    expiresAt,
    plan: 'super',
    start,
    end,
    paid: 2_000,
  })
  settle(account, now)
}

function moneyBack(
  account: ModelAccount,
  command: Extract<Command, { kind: 'moneyBack' }>,
  now: number,
): void {
  const index = account.grants.findIndex((candidate) => candidate.ref === command.grant)
  const grant = grantAt(account, index)
  const target = Math.min(grant.granted, Math.ceil((grant.granted * command.cents) / grant.paid))
  const change = target - grant.returned
  grant.returned = target
  if (change > 0) {
    grant.shortfall += change - revokeFrom(account, index, change, now)
    return
  }
  const forgiven = Math.min(grant.shortfall, -change)
  grant.shortfall -= forgiven
  const back = -change - forgiven
  if (back === 0) return
  grant.revoked -= back
  grant.remaining += back
  account.movedAt = now
  account.entries.push({ kind: 'restore', grant: index, amount: back, effectiveAt: now })
  if (isOver(grant, now)) expireRest(account, index, now, now)
}
