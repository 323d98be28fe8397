/**
 * A second ledger of plain objects and arrays, written from the design documents (docs/architecture.md, "Ledger"). It
 * shares no code with the real one. Times are milliseconds, amounts millicredits; accounts and apps are identified by
 * position.
 */
export type Part = { grant: number; amount: number }

export type Covered = Readonly<{ how: 'taken' | 'short' | 'byHand'; amount: number }>

export type ModelGrant = {
  /** The real grant's id if a command created it; null for a grant that the passing of time created. */
  ref: string | null
  source: 'allowance' | 'pack' | 'promo' | 'reward'
  granted: number
  remaining: number
  held: number
  used: number
  expired: number
  revoked: number
  shortfall: number
  returned: number
  /** The cover of the credits to take back, oldest first: taken, short, or revoked by hand earlier. */
  covered: readonly Covered[]
  expiresAt: number | null
  plan: ModelPlan | null
  start: number | null
  end: number | null
  /** Cents; 0 for a grant without a payment. */
  paid: number
  /** The Stripe line and payment that bought it. */
  line: string | null
  payment: string | null
}

/** The plans in the model: Free, two monthly ones, and a yearly one. */
export type ModelPlan = 'free' | 'super' | 'pro' | 'super_year'

/** A line that pays for twelve months. Immutable. */
export type ModelLine = Readonly<{
  line: string
  payment: string
  plan: ModelPlan
  start: number
  end: number
  cents: number
  /** The number of months that have begun. */
  begun: number
  /** True while months of the line may still begin. */
  isOpen: boolean
  /** The cents that were returned. */
  returned: number
}>

/** Immutable: a change replaces the hold, so that versions of an account share unchanged holds. */
export type ModelHold = Readonly<{
  ref: string
  operation: string
  app: number | null
  run: string | null
  quantity: number
  amount: number
  limit: number | null
  status: string
  expiresAt: number
  parts: Part[]
}>

/** Immutable, like holds. */
export type ModelCharge = Readonly<{
  ref: string
  at: number
  operation: string
  app: number | null
  run: string | null
  paid: number
  reward: number
  /** The parts of the reward that bought credits funded (`rewardPaid`) and that are withheld (`onHold`). */
  rewardPaid: number
  onHold: number
  parts: Part[]
  refunded: number
}>

export type ModelEntry = Readonly<{ kind: string; grant: number; amount: number; effectiveAt: number }>

/** A payer's limit for an app in the period that began at `from`. `since`: the position of its first charge. */
export type ModelBudget = Readonly<{
  limit: number | null
  paused: boolean
  used: number
  from: number
  since: number
}>

/** The scope of a limit; `app` is null unless the scope is an app. */
export type Scope = Readonly<{ scope: 'account' | 'editor' | 'app'; app: number | null }>

/**
 * The limits of a scope; null means no limit. The spending is the sum of the charges. The charges from position `since`
 * on belong to the month that began at `from`. `countedAt`: when the counters were last written.
 */
export type ModelLimit = Scope &
  Readonly<{
    day: number | null
    week: number | null
    month: number | null
    countedAt: number
    from: number
    since: number
  }>

/** Immutable. Its spending is the sum of its charges. */
export type ModelRun = Readonly<{
  ref: string
  app: number | null
  cap: number
  createdAt: number
  closesAt: number
}>

/**
 * The sums of one payer's use in one creator's apps. They only grow, except for rewards reversed by returned money, which
 * may be restored.
 */
export type Earnings = Readonly<{
  paid: number
  free: number
  onHold: number
  reversed: number
  reversedPaid: number
  reversedOnHold: number
}>

/** The total usage in an app or outside any app. */
export type Usage = Readonly<{
  charges: number
  base: number
  premium: number
  paid: number
  refunded: number
}>

export type Answer =
  | { ok: true; replayed: boolean; facts: Record<string, unknown> }
  | { ok: false; code: string; facts: Record<string, unknown> }

/** The request, object and answer stored with a key. */
type Known = Readonly<{ asked: string; kind: string; ref: string; facts: Record<string, unknown> }>

export type ModelAccount = {
  index: number
  openedAt: number
  plan: ModelPlan
  planEndsAt: number | null
  /** The start of the subscription that the latest reading reported. */
  subscribedAt: number | null
  /** The number of allowances that upgrades left. */
  upgrades: number
  lines: readonly ModelLine[]
  grants: ModelGrant[]
  holds: ModelHold[]
  /** The positions of the open holds. */
  open: readonly number[]
  charges: ModelCharge[]
  entries: ModelEntry[]
  budgets: Map<number, ModelBudget>
  limits: readonly ModelLimit[]
  runs: readonly ModelRun[]
  /** Keyed by creator. */
  earnings: Map<number, Earnings>
  /** Keyed by app; -1 stands for usage outside any app. */
  usage: Map<number, Usage>
  /** A creator's daily rewards from this account, in total and without withheld ones, keyed by `${creator} ${day}`. */
  days: Map<string, Readonly<{ earned: number; free: number }>>
  /** The rewards reversed because money was returned for a grant, keyed by `${grant} ${creator}`. */
  takenBack: Map<string, number>
  /** The rewards that the account moved: the total and the part funded by bought credits. */
  transferred: number
  transferredPaid: number
  /** Shared by all versions of an account. A version's new keys are kept separately until that version is chosen. */
  keys: Map<string, Known>
  newKeys: readonly (readonly [string, Known])[]
  /** The time of the last movement. */
  movedAt: number
}

/**
 * The creator of each app: the first account created two apps, the second one. Every account uses all apps, including its
 * own.
 */
export const APP_CREATORS = [0, 1, 0] as const

/** The creator who earns from a use; null in the account's own app and outside any app. */
export function earnerOf(account: ModelAccount, app: number | null): number | null {
  const creator = app === null ? undefined : APP_CREATORS[app]
  return creator === undefined || creator === account.index ? null : creator
}

const NEVER = Number.POSITIVE_INFINITY
/** How long an allowance stays spendable while its renewal is awaited. */
export const GRACE = 72 * 3_600_000

/** The credits of a month, and the price of a period. */
export const PLANS = {
  free: { credits: 1_000_000, cents: 0 },
  super: { credits: 10_000_000, cents: 2_000 },
  pro: { credits: 30_000_000, cents: 5_000 },
  super_year: { credits: 10_000_000, cents: 20_003 },
} as const

export function openedAccount(at: number, index: number): ModelAccount {
  const account: ModelAccount = {
    index,
    openedAt: at,
    plan: 'free',
    planEndsAt: null,
    subscribedAt: null,
    upgrades: 0,
    lines: [],
    grants: [],
    holds: [],
    open: [],
    charges: [],
    entries: [],
    budgets: new Map(),
    limits: [],
    runs: [],
    earnings: new Map(),
    usage: new Map(),
    days: new Map(),
    takenBack: new Map(),
    transferred: 0,
    transferredPaid: 0,
    keys: new Map(),
    newKeys: [],
    movedAt: at,
  }
  settle(account, at)
  return account
}

/** Copies the account, so that the copy can be changed independently. */
export function copyOf(account: ModelAccount): ModelAccount {
  return {
    ...account,
    grants: account.grants.map((grant) => ({ ...grant })),
    holds: [...account.holds],
    charges: [...account.charges],
    entries: [...account.entries],
    budgets: new Map(account.budgets),
    earnings: new Map(account.earnings),
    usage: new Map(account.usage),
    days: new Map(account.days),
    takenBack: new Map(account.takenBack),
  }
}

/** Chooses a version: its new keys become the account's keys. */
export function settleKeys(account: ModelAccount): ModelAccount {
  for (const [key, known] of account.newKeys) account.keys.set(key, known)
  return { ...account, newKeys: [] }
}

/** Account time: the clock's, but never before the newest movement. */
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

/** Steps month by month from the sign-up. In a shorter month, the period starts on the last day. */
function freePeriod(account: ModelAccount, at: number): [number, number] {
  const opened = new Date(account.openedAt)
  let year = opened.getUTCFullYear()
  let month = opened.getUTCMonth()
  const day = opened.getUTCDate()
  const startOf = () => Date.UTC(year, month, Math.min(day, daysIn(year, month)))
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

export function issue(account: ModelAccount, now: number, grant: Issued, effectiveAt = now): number {
  const none = { ref: null, held: 0, used: 0, expired: 0, revoked: 0, shortfall: 0, returned: 0, covered: [] }
  const free = { plan: null, start: null, end: null, paid: 0, line: null, payment: null }
  account.grants.push({ ...none, ...free, remaining: grant.granted, ...grant })
  const index = account.grants.length - 1
  enter(account, now, { kind: 'grant', grant: index, amount: grant.granted, effectiveAt })
  return index
}

/**
 * The name of a grant in commands: its id or the Stripe line that bought it; null for a grant that the passing of time
 * created, and for the months of a line, which share its name.
 */
export const nameOf = (grant: ModelGrant): string | null =>
  grant.ref ?? (grant.plan === 'super_year' ? null : grant.line)

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

/** Pays off the oldest shortfall first. */
export function payShort(covered: readonly Covered[], amount: number): Covered[] {
  let left = amount
  return covered.flatMap((piece): Covered[] => {
    const paid = piece.how === 'short' ? Math.min(piece.amount, left) : 0
    left -= paid
    const pieces: Covered[] = [
      { how: 'taken', amount: paid },
      { ...piece, amount: piece.amount - paid },
    ]
    return pieces.filter((one) => one.amount > 0)
  })
}

export const coveredBy = (grant: ModelGrant, how: Covered['how']): number =>
  total(grant.covered.filter((piece) => piece.how === how).map((piece) => piece.amount))

/**
 * Returns credits to a grant. They pay off its shortfall first; the rest expires if the grant has expired. Returns the
 * expired amount.
 */
export function giveBack(account: ModelAccount, part: Part, now: number, at: number): number {
  const grant = grantAt(account, part.grant)
  grant.remaining += part.amount
  const owed = Math.min(grant.shortfall, part.amount)
  grant.shortfall -= owed
  revokeFrom(account, part.grant, owed, now)
  grant.covered = payShort(grant.covered, owed)
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

export function addHold(account: ModelAccount, hold: ModelHold): void {
  account.open = [...account.open, account.holds.length]
  account.holds.push(hold)
}

export function changeHold(account: ModelAccount, hold: ModelHold, changes: Partial<ModelHold>): ModelHold {
  const changed = { ...hold, ...changes }
  const place = account.holds.indexOf(hold)
  account.holds[place] = changed
  if (changed.status !== 'open') account.open = account.open.filter((other) => other !== place)
  return changed
}

export function openHolds(account: ModelAccount): ModelHold[] {
  return account.open.flatMap((place) => account.holds[place] ?? [])
}

/** Applies, in order, everything that falls due up to `now`. */
export function settle(account: ModelAccount, now: number): void {
  settleEnds(account, now)
  if (account.plan === 'free') startFreePeriod(account, now)
  startBudgetPeriods(account, now)
}

/** A Free month that began after a subscription does not start before that subscription is known. */
export function settleBefore(account: ModelAccount, now: number, startedAt: number | null): void {
  settleEnds(account, now)
  if (account.plan === 'free') startFreePeriod(account, now, startedAt ?? now)
}

/** Applies only what has ended by now, and the months of a yearly plan that have begun since. */
export function settleEnds(account: ModelAccount, now: number): void {
  for (let line = nextMonthly(account, now); line; line = nextMonthly(account, now)) {
    endUntil(account, now, monthStart(line, line.begun))
    beginMonth(account, line, now)
  }
  endUntil(account, now, now)
  if (account.planEndsAt !== null && account.planEndsAt <= now) {
    account.plan = 'free'
    account.planEndsAt = null
  }
}

/** The line whose next month begins first, by `now` and before the plan ends. */
function nextMonthly({ plan, planEndsAt, lines }: ModelAccount, now: number): ModelLine | undefined {
  if (plan === 'free') return undefined
  return lines
    .filter((line) => line.isOpen)
    .map((line) => ({ line, at: monthStart(line, line.begun) }))
    .filter(({ at }) => at <= now && (planEndsAt === null || at < planEndsAt))
    .sort((left, right) => left.at - right.at)[0]?.line
}

/** A month begins on the line's day, or on the last day of a shorter month; the one after the last is the line's end. */
function monthStart({ start, end }: ModelLine, index: number): number {
  if (index === 0) return start
  if (index === 12) return end
  const from = new Date(start)
  const months = from.getUTCMonth() + index
  const [year, month] = [from.getUTCFullYear() + Math.floor(months / 12), months % 12]
  const midnight = Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate())
  return Date.UTC(year, month, Math.min(from.getUTCDate(), daysIn(year, month))) + (start - midnight)
}

/** Begins the next month of a line, until `until` at most. Months pay the line in cumulative twelfths, rounded down. */
export function beginMonth(account: ModelAccount, line: ModelLine, now: number, until = NEVER): void {
  const [start, end] = [monthStart(line, line.begun), monthStart(line, line.begun + 1)]
  const isLast = line.begun === 11
  // Only the last month waits for the renewal of its plan.
  const spendable = isLast && line.plan === account.plan ? end + GRACE : end
  const expiresAt = Math.min(until, account.planEndsAt ?? NEVER, spendable)
  const upTo = (months: number) => Math.floor((line.cents * months) / 12)
  const paid = upTo(line.begun + 1) - upTo(line.begun)
  const { plan, payment } = line
  const granted = PLANS[plan].credits
  const month = { plan, start, end, paid, line: line.line, payment, expiresAt, granted }
  const index = issue(account, now, { source: 'allowance', ...month }, Math.min(start, now))
  const begun = line.begun + 1
  const next = { ...line, begun, isOpen: line.isOpen && begun < 12 }
  account.lines = [...account.lines.filter((one) => one.line !== line.line), next]
  returnMoney(account, index, { cents: line.returned, paid: line.cents }, now)
}

/** Prevents further months of the lines from beginning. */
export function closeLines(account: ModelAccount, which: (line: ModelLine) => boolean): void {
  account.lines = account.lines.map((line) => (which(line) ? { ...line, isOpen: false } : line))
}

function endUntil(account: ModelAccount, now: number, until: number): void {
  for (;;) {
    const ended = openHolds(account).filter((hold) => hold.expiresAt <= until)
    const over = account.grants.filter((grant) => grant.remaining > 0 && isOver(grant, until))
    const hold = ended.sort((left, right) => left.expiresAt - right.expiresAt)[0]
    const grant = over.sort((left, right) => Number(left.expiresAt) - Number(right.expiresAt))[0]
    if (hold && (!grant || hold.expiresAt < Number(grant.expiresAt))) {
      unhold(account, hold.parts, now, hold.expiresAt)
      changeHold(account, hold, { status: 'expired', parts: [] })
    } else if (grant) expireRest(account, account.grants.indexOf(grant), now, Number(grant.expiresAt))
    else break
  }
}

/** Issues at most one Free allowance per Free period, and only if the period had begun by an instant. */
export function startFreePeriod(account: ModelAccount, now: number, by = now): void {
  const [start, end] = freePeriod(account, now)
  if (start > by) return
  if (account.grants.some((grant) => grant.plan === 'free' && grant.start === start)) return
  issue(account, now, {
    source: 'allowance',
    granted: PLANS.free.credits,
    expiresAt: end,
    plan: 'free',
    start,
    end,
  })
}

/**
 * The start of the allowance's period; a paid plan's period lasts as long as its allowance. If the plan has no allowance,
 * the start of another live allowance's period or else of the Free month.
 */
export function periodStart(account: ModelAccount, now: number): number {
  const begun = account.grants.filter(({ start }) => start !== null && start <= now)
  const own = begun
    .filter((grant) => grant.plan === account.plan)
    .filter((grant) => (grant.plan === 'free' ? Number(grant.end) > now : !isOver(grant, now)))
  const others = account.plan === 'free' ? [] : begun.filter((grant) => !isOver(grant, now))
  const starts = (own.length > 0 ? own : others).map(({ start }) => Number(start))
  return starts.length === 0 ? freePeriod(account, now)[0] : Math.max(...starts)
}

/**
 * Starts new months of budgets and limits with nothing spent, from the instant they become known. A period never starts
 * twice.
 */
function startBudgetPeriods(account: ModelAccount, now: number): void {
  if (account.budgets.size + account.limits.length === 0) return
  const from = periodStart(account, now)
  const since = account.charges.length
  for (const [app, budget] of account.budgets) {
    if (budget.from >= from) continue
    account.budgets.set(app, { ...budget, used: 0, from: now, since })
    account.movedAt = now
  }
  account.limits = account.limits.map((limit) => {
    if (limit.from >= from) return limit
    account.movedAt = now
    return { ...limit, from: now, since }
  })
}

/**
 * The positions of all grants in the order of spending: soonest expiry first, the allowance first on ties,
 * never-expiring last, oldest first.
 */
export function spendingOrder(account: ModelAccount): number[] {
  return account.grants
    .map((grant, index) => ({ grant, index }))
    .sort((left, right) => {
      const [a, b] = [left.grant.expiresAt ?? Number.MAX_VALUE, right.grant.expiresAt ?? Number.MAX_VALUE]
      if (a !== b) return a - b
      const allowances =
        Number(right.grant.source === 'allowance') - Number(left.grant.source === 'allowance')
      return allowances || left.index - right.index
    })
    .map(({ index }) => index)
}

/** Takes available credits in the order of spending. */
export function take(account: ModelAccount, amount: number, as: 'used' | 'held'): Part[] {
  const parts: Part[] = []
  let left = amount
  for (const index of spendingOrder(account)) {
    const grant = grantAt(account, index)
    const part = Math.min(left, grant.remaining)
    if (part === 0) continue
    grant.remaining -= part
    grant[as] += part
    left -= part
    parts.push({ grant: index, amount: part })
  }
  if (left > 0) throw new Error('the model took more than is available')
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

/**
 * Sets the returned part of the payment to `cents`: that share of the bought credits, rounded up, is taken back, counting
 * credits revoked by hand first. If the total falls, the latest part is undone first: the shortfall is forgiven, taken
 * credits return, and credits revoked by hand stay revoked.
 */
export function returnMoney(
  account: ModelAccount,
  index: number,
  { cents, paid }: { cents: number; paid: number },
  now: number,
): void {
  const grant = grantAt(account, index)
  const target = Math.min(grant.granted, Math.ceil((grant.granted * cents) / paid))
  const change = target - grant.returned
  grant.returned = target
  if (change !== 0) account.movedAt = now
  if (change > 0) {
    const uncounted = grant.revoked - coveredBy(grant, 'taken') - coveredBy(grant, 'byHand')
    const byHand = Math.min(uncounted, change)
    const taken = revokeFrom(account, index, change - byHand, now)
    const short = change - byHand - taken
    grant.shortfall += short
    const pieces: Covered[] = [
      { how: 'byHand', amount: byHand },
      { how: 'taken', amount: taken },
      { how: 'short', amount: short },
    ]
    grant.covered = [...grant.covered, ...pieces.filter((piece) => piece.amount > 0)]
    return
  }
  const before = { taken: coveredBy(grant, 'taken'), short: coveredBy(grant, 'short') }
  grant.covered = firstOf(grant.covered, target)
  grant.shortfall -= before.short - coveredBy(grant, 'short')
  const back = before.taken - coveredBy(grant, 'taken')
  if (back === 0) return
  grant.revoked -= back
  grant.remaining += back
  account.entries.push({ kind: 'restore', grant: index, amount: back, effectiveAt: now })
  if (isOver(grant, now)) expireRest(account, index, now, now)
}

export function firstOf(covered: readonly Covered[], amount: number): Covered[] {
  let upto = 0
  return covered.flatMap((piece) => {
    const kept = Math.min(piece.amount, amount - upto)
    upto += Math.max(0, kept)
    return kept > 0 ? [{ ...piece, amount: kept }] : []
  })
}
