import { type Catalog, isFreePlan } from '@/lib/catalog'
import { newLedgerId } from '@/lib/ids'
import { dateFromMicros, laterOf, type Micros, micros } from '@/lib/instant'
import { type Millicredits, minOf, sum, ZERO } from '@/lib/millicredits'
import { type MoneyBack, type MoneyBackChange, undoMoneyBack } from './money-back'
import type {
  Budget,
  Charge,
  Entry,
  EntryKind,
  Grant,
  Hold,
  Limit,
  PaidLine,
  Part,
  Payment,
  Refund,
  RewardDelta,
  Run,
  UsageDelta,
  Wallet,
} from './records'

/** The total that returned money takes back from a grant. */
export type MoneyBackTarget = {
  target: Millicredits
  /** Minor units. */
  returned: number
  /** The stored changes of the grant. The book appends its own changes. */
  history: MoneyBackChange[]
}

/** A wallet and everything else that the next movement depends on. `budgets` has an entry for each app with a budget. */
export type AccountState = Omit<Wallet, 'nextDueAt' | 'tellBelow'> & {
  /** Every grant with remaining or held credits, and the allowances of current periods. */
  grants: Grant[]
  /** Every open hold, including expired ones that are not yet settled. */
  holds: Hold[]
  budgets: Budget[]
  limits: Limit[]
  /** The run that the next movement names, if any. */
  runs: Run[]
  /** The lines that pay for several months, some of which have not begun. */
  lines?: PaidLine[]
}

export type NewGrant = Pick<Grant, 'source' | 'expiresAt' | 'period' | 'payment' | 'reason'> & {
  amount: Millicredits
  lineMonth?: number
  /** When the grant's credits were due, if it is made later. */
  at?: Micros
}

const NO_END = { endsAt: null, renewsAt: null }

/**
 * An account under its wallet's lock and the changes decided so far: the pure part of every movement. Each method keeps
 * granted = remaining + held + used + expired + revoked on every grant it changes. The book does no I/O.
 */
export class AccountBook {
  readonly accountId: string
  readonly anchorDay: Date
  /** The stored plan; null while the account is being opened. */
  planBefore: string | null
  plan: string
  tiers: readonly string[]
  planEndsAt: Date | null
  /** When a plan without a paid allowance expects its next credits. */
  planRenewsAt: Date | null
  platformPlan: string | null
  available: Millicredits
  held: Millicredits
  /** The balance thresholds that were reported before this write. */
  readonly toldLines: readonly string[]
  readonly grants = new Map<string, Grant>()
  readonly holds = new Map<string, Hold>()

  readonly budgets = new Map<string, Budget>()
  /** Keyed by `limitKey`. */
  readonly limits = new Map<string, Limit>()
  /** Only the runs that this movement concerns. */
  readonly runs = new Map<string, Run>()
  /** Keyed by Stripe line. */
  readonly lines = new Map<string, PaidLine>()

  readonly newGrantIds = new Set<string>()
  readonly changedGrantIds = new Set<string>()
  readonly newHoldIds = new Set<string>()
  readonly changedHoldIds = new Set<string>()
  readonly changedBudgetIds = new Set<string>()
  readonly changedLimits = new Set<string>()
  readonly changedRunIds = new Set<string>()
  readonly changedLines = new Set<string>()
  readonly entries: Entry[] = []
  readonly moneyBack: MoneyBack[] = []
  readonly charges: Charge[] = []
  readonly refunds: Refund[] = []
  readonly usageDeltas: UsageDelta[] = []
  readonly rewardDeltas: RewardDelta[] = []

  #lastAt: Micros
  readonly #lastAtBefore: Micros
  readonly #now: Micros

  /**
   * `clockNow` is the product's clock, `catalog` the version in effect then. Account time never goes backwards, even if a
   * process's clock does.
   */
  constructor(
    state: AccountState,
    clockNow: Date,
    readonly catalog: Catalog,
  ) {
    this.accountId = state.accountId
    this.anchorDay = state.anchorDay
    this.planBefore = state.plan
    this.plan = state.plan
    this.tiers = state.tiers
    this.planEndsAt = state.planEndsAt
    this.planRenewsAt = state.planRenewsAt
    this.platformPlan = state.platformPlan
    this.available = state.available
    this.held = state.held
    this.toldLines = state.toldLines
    this.#lastAt = state.lastAt
    this.#lastAtBefore = state.lastAt
    this.#now = laterOf(micros(clockNow), state.lastAt)
    for (const grant of state.grants) this.grants.set(grant.id, { ...grant })
    for (const hold of state.holds) this.holds.set(hold.id, { ...hold })
    for (const budget of state.budgets) this.budgets.set(budget.appId, { ...budget })
    for (const limit of state.limits) this.limits.set(limitKey(limit), limit)
    for (const run of state.runs) this.runs.set(run.id, run)
    this.addLines(state.lines ?? [])
  }

  /** The instant used for every decision of this book. */
  get now(): Date {
    return dateFromMicros(this.#now)
  }

  get lastAt(): Micros {
    return this.#lastAt
  }

  /** The instant for rows written with this book; never earlier than any of its movements. */
  get writtenAt(): Micros {
    return laterOf(this.#now, this.#lastAt)
  }

  get isOnFreePlan(): boolean {
    return isFreePlan(this.catalog, this.plan)
  }

  /** True if the account's months are Free's: on Free, and on a plan that the platform set. */
  get hasFreeMonths(): boolean {
    return this.isOnFreePlan || this.platformPlan !== null
  }

  /** True if the account's plan includes the operations of `tier`. */
  mayUse(tier: string): boolean {
    return this.tiers.includes(tier)
  }

  /**
   * Puts the account on a plan, until `endsAt` if known. Copies the plan's tiers when the plan begins. A plan that does
   * not come from the platform replaces one that does.
   */
  startPlan(
    { key, tiers }: { key: string; tiers: readonly string[] },
    {
      endsAt,
      renewsAt,
      platformPlan = null,
    }: { endsAt: Date | null; renewsAt: Date | null; platformPlan?: string | null } = NO_END,
  ): void {
    if (this.plan !== key) {
      this.plan = key
      this.tiers = tiers
    }
    this.planEndsAt = endsAt
    this.planRenewsAt = renewsAt
    this.platformPlan = platformPlan
  }

  /** available + held. */
  get balance(): Millicredits {
    return (this.available + this.held) as Millicredits
  }

  /** Returns the instant of the next movement. No two movements of an account share one. */
  tick(): Micros {
    this.#lastAt = this.#now > this.#lastAt ? this.#now : ((this.#lastAt + 1) as Micros)
    return this.#lastAt
  }

  /**
   * The instant for a record that is ordered but may move no credits, such as returned money: that of this book's last
   * movement or, if there is none, a new one. A later write whose clock is behind is therefore still ordered after it.
   */
  mark(): Micros {
    return this.#lastAt === this.#lastAtBefore ? this.tick() : this.#lastAt
  }

  isLive(grant: Grant, at: Date = this.now): boolean {
    return grant.expiresAt === null || grant.expiresAt > at
  }

  grant(id: string): Grant {
    const grant = this.grants.get(id)
    if (!grant) throw new Error(`grant ${id} is not in the book of account ${this.accountId}`)
    return grant
  }

  addGrants(grants: Grant[]): void {
    for (const grant of grants) if (!this.grants.has(grant.id)) this.grants.set(grant.id, { ...grant })
  }

  addLines(lines: PaidLine[]): void {
    for (const line of lines)
      if (!this.lines.has(line.payment.stripeLine)) this.lines.set(line.payment.stripeLine, line)
  }

  setLine(line: PaidLine): void {
    this.lines.set(line.payment.stripeLine, line)
    this.changedLines.add(line.payment.stripeLine)
  }

  /** Creates a grant and adds its credits to the account. */
  issue(input: NewGrant): Grant {
    const grant: Grant = {
      id: newLedgerId(this.accountId),
      source: input.source,
      granted: input.amount,
      remaining: input.amount,
      held: ZERO,
      used: ZERO,
      expired: ZERO,
      revoked: ZERO,
      moneyBack: ZERO,
      shortfall: ZERO,
      expiresAt: input.expiresAt,
      period: input.period,
      payment: input.payment,
      lineMonth: input.lineMonth ?? 0,
      reason: input.reason,
      createdAt: this.now,
    }
    this.grants.set(grant.id, grant)
    this.newGrantIds.add(grant.id)
    this.#addAvailable(input.amount)
    this.#enter('grant', grant, input.amount, input.at ?? this.#now, input.reason)
    return grant
  }

  /**
   * Grants with remaining credits, in the order of spending: soonest expiry first, the allowance first on ties,
   * never-expiring last, oldest first.
   */
  burnDown(): Grant[] {
    return [...this.grants.values()].filter((grant) => grant.remaining > 0).sort(compareBurnDown)
  }

  /** Sorts parts of this book's grants in the order of spending. */
  inBurnDown(parts: Part[]): Part[] {
    return parts.toSorted((left, right) =>
      compareBurnDown(this.grant(left.grantId), this.grant(right.grantId)),
    )
  }

  /**
   * Takes `amount` from the available credits in the order of spending, as used or as held. Callers check that it is
   * available.
   */
  take(amount: Millicredits, as: 'used' | 'held'): Part[] {
    if (amount > this.available) throw new Error(`${amount} requested but only ${this.available} available`)
    const parts: Part[] = []
    let left: number = amount
    for (const grant of this.burnDown()) {
      if (left === 0) break
      const part = minOf(grant.remaining, left as Millicredits)
      grant.remaining = (grant.remaining - part) as Millicredits
      grant[as] = (grant[as] + part) as Millicredits
      this.#touch(grant)
      parts.push({ grantId: grant.id, amount: part })
      left -= part
    }
    if (left !== 0) throw new Error(`wallet and grants of account ${this.accountId} differ by ${left}`)
    this.#addAvailable(-amount)
    if (as === 'held') this.held = (this.held + amount) as Millicredits
    return parts
  }

  /** Converts held credits to used credits. */
  spendHeld(part: Part): void {
    const grant = this.grant(part.grantId)
    grant.held = (grant.held - part.amount) as Millicredits
    grant.used = (grant.used + part.amount) as Millicredits
    this.held = (this.held - part.amount) as Millicredits
    this.#touch(grant)
  }

  /** Returns held credits to their grant, as of `at`. */
  freeHeld(part: Part, at: Micros = this.#now): void {
    const grant = this.grant(part.grantId)
    grant.held = (grant.held - part.amount) as Millicredits
    this.held = (this.held - part.amount) as Millicredits
    this.#addBack(grant, part.amount)
    this.applyFreed(part, at)
  }

  /** Returns used credits to their grant. Callers then record the movement and call `applyFreed`. */
  returnUsed(part: Part): void {
    const grant = this.grant(part.grantId)
    grant.used = (grant.used - part.amount) as Millicredits
    this.#addBack(grant, part.amount)
  }

  /**
   * Applies freed credits to their grant. They pay off its shortfall first; the rest becomes available or, if the grant had
   * expired by `at`, expires. Returns the expired amount.
   */
  applyFreed(part: Part, at: Micros = this.#now): Millicredits {
    const grant = this.grant(part.grantId)
    const owed = minOf(part.amount, grant.shortfall)
    if (owed > 0) {
      grant.shortfall = (grant.shortfall - owed) as Millicredits
      this.revoke(grant, owed, 'money back')
      this.#enterMoneyBack(grant, { returned: null, credits: 0, revoked: owed, shortfall: -owed })
    }
    const rest = (part.amount - owed) as Millicredits
    if (rest === 0 || this.isLive(grant, dateFromMicros(at))) return ZERO
    this.expire(grant, at)
    return rest
  }

  /** Expires a grant's remaining credits, as of `at`. Its held credits stay held. */
  expire(grant: Grant, at: Micros): void {
    const amount = grant.remaining
    grant.remaining = ZERO
    grant.expired = (grant.expired + amount) as Millicredits
    this.#touch(grant)
    if (amount === 0) return
    this.#addAvailable(-amount)
    this.#enter('expire', grant, -amount, at, null)
  }

  /** Changes a grant's expiry: an upgrade ends the Free allowance immediately, and a paid renewal ends the previous one. */
  setExpiry(grant: Grant, expiresAt: Date): void {
    grant.expiresAt = expiresAt
    this.#touch(grant)
  }

  /** Revokes up to `amount` of a grant's remaining credits. Returns the revoked amount. */
  revoke(grant: Grant, amount: Millicredits, reason: string): Millicredits {
    const taken = minOf(grant.remaining, amount)
    if (taken === 0) return taken
    grant.remaining = (grant.remaining - taken) as Millicredits
    grant.revoked = (grant.revoked + taken) as Millicredits
    this.#touch(grant)
    this.#addAvailable(-taken)
    this.#enter('revoke', grant, -taken, this.#now, reason)
    return taken
  }

  /**
   * Sets the total to take back from a grant for returned money. Raising it counts credits revoked by hand first, then
   * revokes unspent credits, and adds the rest to the shortfall. Lowering it undoes the latest part, as if that money had
   * never been returned (docs/architecture.md, "Money back").
   */
  setMoneyBack(grant: Grant, { target, returned, history }: MoneyBackTarget, reason: string): void {
    const change = target - grant.moneyBack
    // Credits already revoked that do not count towards any returned money yet.
    const spare = grant.revoked - (grant.moneyBack - grant.shortfall)
    const before = { revoked: grant.revoked, shortfall: grant.shortfall }
    grant.moneyBack = target
    this.#touch(grant)
    if (change > 0) {
      const due = (change - Math.min(spare, change)) as Millicredits
      const taken = this.revoke(grant, due, reason)
      grant.shortfall = (grant.shortfall + due - taken) as Millicredits
    } else {
      const sinceStored = this.moneyBack.filter(({ grantId }) => grantId === grant.id)
      const undone = undoMoneyBack([...history, ...sinceStored], -change)
      grant.shortfall = (grant.shortfall - undone.shortfall) as Millicredits
      this.#restore(grant, undone.revoked as Millicredits, reason)
    }
    this.#enterMoneyBack(grant, {
      returned,
      credits: change,
      revoked: grant.revoked - before.revoked,
      shortfall: grant.shortfall - before.shortfall,
    })
  }

  setBudget(budget: Budget): void {
    this.budgets.set(budget.appId, budget)
    this.changedBudgetIds.add(budget.appId)
  }

  setLimit(limit: Limit): void {
    this.limits.set(limitKey(limit), limit)
    this.changedLimits.add(limitKey(limit))
  }

  /** Removes a limit from the book. The caller deletes its row. */
  dropLimit(limit: Limit): void {
    this.limits.delete(limitKey(limit))
    this.changedLimits.delete(limitKey(limit))
  }

  setRun(run: Run): void {
    this.runs.set(run.id, run)
    this.changedRunIds.add(run.id)
  }

  /** The amount reserved by an app's open holds, excluding holds that have expired by `at`. */
  heldBy(appId: string, at: Date = this.now): Millicredits {
    return this.heldWhere((hold) => hold.appId === appId, at)
  }

  /** The amount reserved by the open holds that `counts` accepts, excluding holds that have expired by `at`. */
  heldWhere(counts: (hold: Hold) => boolean, at: Date = this.now): Millicredits {
    return sum(
      [...this.holds.values()]
        .filter((hold) => hold.status === 'open' && hold.expiresAt > at && counts(hold))
        .map((hold) => hold.amount),
    )
  }

  addHold(hold: Hold): void {
    this.holds.set(hold.id, hold)
    this.newHoldIds.add(hold.id)
  }

  changeHold(hold: Hold): void {
    this.holds.set(hold.id, hold)
    if (!this.newHoldIds.has(hold.id)) this.changedHoldIds.add(hold.id)
  }

  /** The earliest instant at which something falls due on this account; null if nothing will. */
  nextDueAt(periodEnd: Date | null): Date | null {
    let due: Date | null = periodEnd
    const consider = (instant: Date | null) => {
      if (instant !== null && (due === null || instant < due)) due = instant
    }
    consider(this.planEndsAt)
    if (!this.isOnFreePlan) for (const { nextAt } of this.lines.values()) consider(nextAt)
    for (const hold of this.holds.values()) if (hold.status === 'open') consider(hold.expiresAt)
    // A live grant counts even if all of it is held, because a batched capture may free part of it without checking what is
    // due.
    for (const grant of this.grants.values())
      if (grant.remaining > 0 || (grant.held > 0 && this.isLive(grant))) consider(grant.expiresAt)
    return due
  }

  /** Undoes a revocation. Credits restored to an expired grant expire immediately. */
  #restore(grant: Grant, amount: Millicredits, reason: string): void {
    if (amount === 0) return
    grant.revoked = (grant.revoked - amount) as Millicredits
    this.#addBack(grant, amount)
    this.#enter('restore', grant, amount, this.#now, reason)
    if (!this.isLive(grant)) this.expire(grant, this.#now)
  }

  #addBack(grant: Grant, amount: Millicredits): void {
    grant.remaining = (grant.remaining + amount) as Millicredits
    this.#addAvailable(amount)
    this.#touch(grant)
  }

  #addAvailable(amount: number): void {
    this.available = (this.available + amount) as Millicredits
  }

  #touch(grant: Grant): void {
    if (!this.newGrantIds.has(grant.id)) this.changedGrantIds.add(grant.id)
  }

  #enterMoneyBack(grant: Grant, change: Omit<MoneyBack, 'at' | 'grantId'>): void {
    this.moneyBack.push({ at: this.mark(), grantId: grant.id, ...change })
  }

  #enter(kind: EntryKind, grant: Grant, amount: number, effectiveAt: Micros, reason: string | null): void {
    const at = this.tick()
    this.entries.push({
      at,
      kind,
      grantId: grant.id,
      amount,
      effectiveAt,
      reason,
      balanceAfter: this.balance,
    })
  }
}

/** Names the limits of one scope within an account. */
export function limitKey({ scope, appId }: Pick<Limit, 'scope' | 'appId'>): string {
  return appId === null ? scope : `${scope} ${appId}`
}

type InOrder = Pick<Grant, 'id' | 'source' | 'expiresAt' | 'createdAt'>

export function compareBurnDown(left: InOrder, right: InOrder): number {
  const byExpiry = (left.expiresAt?.getTime() ?? Infinity) - (right.expiresAt?.getTime() ?? Infinity)
  if (byExpiry !== 0 && !Number.isNaN(byExpiry)) return byExpiry
  const byAllowance = Number(right.source === 'allowance') - Number(left.source === 'allowance')
  if (byAllowance !== 0) return byAllowance
  return left.createdAt.getTime() - right.createdAt.getTime() || (left.id < right.id ? -1 : 1)
}

/** Adds up the parts by grant, in order of first appearance. */
export function mergeParts(parts: Part[]): Part[] {
  const byGrant = new Map<string, Millicredits[]>()
  for (const part of parts) byGrant.set(part.grantId, [...(byGrant.get(part.grantId) ?? []), part.amount])
  return [...byGrant].map(([grantId, amounts]) => ({ grantId, amount: sum(amounts) }))
}

/** The sum of the parts that come from grants bought with money. */
export function paidShare(book: AccountBook, parts: Part[]): Millicredits {
  return sum(parts.filter((part) => isPaid(book.grant(part.grantId).payment)).map((part) => part.amount))
}

function isPaid(payment: Payment | null): boolean {
  return payment !== null && payment.amount > 0
}
