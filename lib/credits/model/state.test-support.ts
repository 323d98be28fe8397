/**
 * A second ledger, of plain objects and arrays, written from the design documents (architecture.md, "Ledger") and sharing
 * nothing with the real one. Times are milliseconds, amounts millicredits.
 */
export type Part = { grant: number; amount: number }

export type ModelGrant = {
  /** The real grant's id where a command made it; null for what came by itself. */
  ref: string | null
  source: 'allowance' | 'pack' | 'promo'
  granted: number
  remaining: number
  held: number
  used: number
  expired: number
  revoked: number
  shortfall: number
  returned: number
  expiresAt: number | null
  plan: string | null
  start: number | null
  end: number | null
  /** Cents; 0 when nothing was paid. */
  paid: number
}

export type ModelHold = {
  ref: string
  operation: string
  inApp: boolean
  quantity: number
  amount: number
  limit: number | null
  status: string
  expiresAt: number
  parts: Part[]
}

export type ModelCharge = {
  ref: string
  paid: number
  reward: number
  parts: Part[]
  refunded: number
  reversed: number
}

export type ModelEntry = { kind: string; grant: number; amount: number; effectiveAt: number }

export type Answer =
  | { ok: true; replayed: boolean; facts: Record<string, unknown> }
  | { ok: false; code: string; facts: Record<string, unknown> }

export type ModelAccount = {
  /** The day of the month the account was opened on, and the instant. */
  day: number
  openedAt: number
  isCreator: boolean
  plan: 'free' | 'super'
  planEndsAt: number | null
  grants: ModelGrant[]
  holds: ModelHold[]
  charges: ModelCharge[]
  entries: ModelEntry[]
  /** What was remembered of each key: what was asked, what it made, what was answered. */
  keys: Record<string, { asked: string; kind: string; ref: string; facts: Record<string, unknown> }>
  /** When something last moved. */
  movedAt: number
  earnedPaid: number
  earnedFree: number
  reversed: number
}

const FREE = 1_000_000

export function openedAccount(at: number, isCreator: boolean): ModelAccount {
  const account: ModelAccount = {
    day: new Date(at).getUTCDate(),
    openedAt: at,
    isCreator,
    plan: 'free',
    planEndsAt: null,
    grants: [],
    holds: [],
    charges: [],
    entries: [],
    keys: {},
    movedAt: at,
    earnedPaid: 0,
    earnedFree: 0,
    reversed: 0,
  }
  settle(account, at)
  return account
}

/** Account time: the clock, but never before the newest movement. */
export function timeOf(account: ModelAccount, clock: number): number {
  return Math.max(clock, account.movedAt)
}

export const total = (numbers: number[]): number => numbers.reduce((left, right) => left + right, 0)
export const available = (account: ModelAccount): number =>
  total(account.grants.map((grant) => grant.remaining))
export const held = (account: ModelAccount): number => total(account.grants.map((grant) => grant.held))

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month] ?? 31
}

/** Walks month by month from the sign-up: where the day is missing, a period starts on the last day there is. */
function freePeriod(account: ModelAccount, at: number): [number, number] {
  const opened = new Date(account.openedAt)
  let year = opened.getUTCFullYear()
  let month = opened.getUTCMonth()
  const startOf = () => Date.UTC(year, month, Math.min(account.day, daysIn(year, month)))
  let start = startOf()
  for (;;) {
    month += 1
    if (month === 12) [year, month] = [year + 1, 0]
    const end = startOf()
    if (at < end) return [start, end]
    start = end
  }
}

function enter(account: ModelAccount, now: number, entry: ModelEntry): void {
  account.entries.push(entry)
  account.movedAt = now
}

type Issued = Partial<ModelGrant> & Pick<ModelGrant, 'source' | 'granted' | 'expiresAt'>

export function issue(account: ModelAccount, now: number, grant: Issued): number {
  const none = { ref: null, held: 0, used: 0, expired: 0, revoked: 0, shortfall: 0, returned: 0 }
  const free = { plan: null, start: null, end: null, paid: 0 }
  account.grants.push({ ...none, ...free, remaining: grant.granted, ...grant })
  const index = account.grants.length - 1
  enter(account, now, { kind: 'grant', grant: index, amount: grant.granted, effectiveAt: now })
  return index
}

export function grantAt(account: ModelAccount, index: number): ModelGrant {
  const grant = account.grants[index]
  if (!grant) throw new Error(`the model has no grant ${index}`)
  return grant
}

export function isOver(grant: ModelGrant, at: number): boolean {
  return grant.expiresAt !== null && grant.expiresAt <= at
}

export function expireRest(account: ModelAccount, index: number, now: number, effectiveAt: number): void {
  const grant = grantAt(account, index)
  const amount = grant.remaining
  if (amount === 0) return
  grant.remaining = 0
  grant.expired += amount
  enter(account, now, { kind: 'expire', grant: index, amount: -amount, effectiveAt })
}

export function revokeFrom(account: ModelAccount, index: number, wanted: number, now: number): number {
  const grant = grantAt(account, index)
  const taken = Math.min(grant.remaining, wanted)
  if (taken === 0) return 0
  grant.remaining -= taken
  grant.revoked += taken
  enter(account, now, { kind: 'revoke', grant: index, amount: -taken, effectiveAt: now })
  return taken
}

/** Credits come back to a grant: its shortfall is paid first, and what an expired grant gets is expired. Returns that. */
export function giveBack(account: ModelAccount, part: Part, now: number, at: number): number {
  const grant = grantAt(account, part.grant)
  grant.remaining += part.amount
  const owed = Math.min(grant.shortfall, part.amount)
  grant.shortfall -= owed
  revokeFrom(account, part.grant, owed, now)
  if (!isOver(grant, at)) return 0
  expireRest(account, part.grant, now, at)
  return part.amount - owed
}

export function unhold(account: ModelAccount, parts: Part[], now: number, at: number): void {
  for (const part of parts) {
    grantAt(account, part.grant).held -= part.amount
    giveBack(account, part, now, at)
  }
}

/** Everything that time alone does up to `now`, in the order it happened. */
export function settle(account: ModelAccount, now: number): void {
  for (;;) {
    const ended = account.holds.filter((hold) => hold.status === 'open' && hold.expiresAt <= now)
    const over = account.grants.filter((grant) => grant.remaining > 0 && isOver(grant, now))
    const hold = ended.sort((left, right) => left.expiresAt - right.expiresAt)[0]
    const grant = over.sort((left, right) => Number(left.expiresAt) - Number(right.expiresAt))[0]
    if (hold && (!grant || hold.expiresAt < Number(grant.expiresAt))) {
      hold.status = 'expired'
      unhold(account, hold.parts, now, hold.expiresAt)
      hold.parts = []
    } else if (grant) expireRest(account, account.grants.indexOf(grant), now, Number(grant.expiresAt))
    else break
  }
  if (account.planEndsAt !== null && account.planEndsAt <= now) {
    account.plan = 'free'
    account.planEndsAt = null
  }
  if (account.plan !== 'free') return
  const [start, end] = freePeriod(account, now)
  if (account.grants.some((grant) => grant.plan === 'free' && grant.start === start)) return
  issue(account, now, { source: 'allowance', granted: FREE, expiresAt: end, plan: 'free', start, end })
}

/** Takes from what expires soonest, the allowance before others on ties, what never expires last, the oldest first. */
export function take(account: ModelAccount, amount: number, as: 'used' | 'held'): Part[] {
  const order = account.grants
    .map((grant, index) => ({ grant, index }))
    .filter(({ grant }) => grant.remaining > 0)
    .sort((left, right) => {
      const [a, b] = [left.grant.expiresAt ?? Number.MAX_VALUE, right.grant.expiresAt ?? Number.MAX_VALUE]
      if (a !== b) return a - b
      const allowances =
        Number(right.grant.source === 'allowance') - Number(left.grant.source === 'allowance')
      return allowances || left.index - right.index
    })
  const parts: Part[] = []
  let left = amount
  for (const { grant, index } of order) {
    const part = Math.min(left, grant.remaining)
    if (part === 0) break
    grant.remaining -= part
    grant[as] += part
    left -= part
    parts.push({ grant: index, amount: part })
  }
  if (left > 0) throw new Error('the model took more than is there')
  return parts
}

export function merged(parts: Part[]): Part[] {
  const result: Part[] = []
  for (const part of parts) {
    const same = result.find((other) => other.grant === part.grant)
    if (same) same.amount += part.amount
    else result.push({ ...part })
  }
  return result
}
