import { findSubscription, fixedCurrencyOf } from '@/lib/billing/read/subscription-rows'
import { findTrial } from '@/lib/billing/read/trials'
import { findPlan, isUpgrade, mainPrice, type Plan, planOf, plansAbove, priceIn } from '@/lib/catalog'
import { catalogVersion } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { currentAllowance, resetsAt } from '@/lib/credits/book/allowance'
import type { AccountBook } from '@/lib/credits/book/book'
import { type Bound, boundsOf, fits, roomAllows, type Use } from '@/lib/credits/book/limits'
import { followingPlan } from '@/lib/credits/book/months'
import { openLineOf } from '@/lib/credits/book/paid-lines'
import { isTrialGrant } from '@/lib/credits/book/records'
import { readBook } from '@/lib/credits/verbs/get-balance'
import { tellRefusal } from '@/lib/credits/verbs/tell-refusal'
import { getEnv } from '@/lib/env'
import {
  AppPaused,
  BudgetExceeded,
  InsufficientCredits,
  LimitReached,
  PlanRequired,
  type RefusalOption,
} from '@/lib/errors'
import { creditsInWords, formatMoney, formatTime, formatWholeCredits, plural } from '@/lib/format'
import { publicId } from '@/lib/ids'
import { type Millicredits, millicredits, ZERO } from '@/lib/millicredits'
import { cheapestAlternative } from '@/lib/pricing/price'
import type { PricedUse } from './resolve-use'

/**
 * Runs a write and adds options to a refusal for lack of credits, room or plan. An option is offered only if it alone makes
 * the same request succeed (docs/api.md, "Errors"). The event for a refusal for lack of room is recorded before the answer.
 */
export async function withOptions<T>(
  ctx: Context,
  payer: Payer,
  use: PricedUse,
  write: () => Promise<T>,
  /** The expiry of the hold to extend; undefined for a new use. */
  heldUntil?: Date,
): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (hasOptions(error)) {
      const book = await readBook(ctx, payer.accountId, payer.runId)
      const scheduled = await scheduledChange(ctx, book)
      const currency = await fixedCurrencyOf(ctx, payer.accountId)
      const hadTrial = await hasHadTrial(ctx, book)
      error.options = optionsOf(book, error, use, { ...payer, heldUntil, scheduled, currency, hadTrial })
      if (error instanceof LimitReached || error instanceof BudgetExceeded)
        await tellRefusal(ctx, book, spendingOf(use, payer), error)
    }
    throw error
  }
}

type Payer = { accountId: string; appId: string | null; runId: string | null }
type Circumstances = {
  appId: string | null
  runId: string | null
  heldUntil: Date | undefined
  scheduled: ScheduledChange | null
  /** The currency in which packs are bought; null for the catalogue's main currency. */
  currency: string | null
  /** True if the account has had a trial, so that a plan begins without one. */
  hadTrial: boolean
}
type ScheduledChange = { plan: Plan; at: Date }
type Refusal = InsufficientCredits | PlanRequired | AppPaused | BudgetExceeded | LimitReached

function hasOptions(error: unknown): error is Refusal {
  return [InsufficientCredits, PlanRequired, AppPaused, BudgetExceeded, LimitReached].some(
    (kind) => error instanceof kind,
  )
}

function optionsOf(book: AccountBook, error: Refusal, use: PricedUse, at: Circumstances): RefusalOption[] {
  switch (error.code) {
    case 'insufficient_credits': {
      const { required, resetsAt: reset } = error.facts
      return creditOptions(book, use, { required, reset }, at)
    }
    case 'plan_required':
      return planOptions(book, use, at)
    case 'app_paused':
      return resumeOption(book, use, error.required, at)
    case 'budget_exceeded':
      return roomOptions(book, use, error.facts, RAISE_BUDGET, at)
    case 'limit_reached':
      return roomOptions(book, use, error.facts, raiseOf(error.facts), at)
    default:
      return error satisfies never
  }
}

async function scheduledChange(ctx: Context, book: AccountBook): Promise<ScheduledChange | null> {
  if (book.isOnFreePlan) return null
  const next = (await findSubscription(ctx.pool, book.accountId))?.next
  const plan = next && findPlan(book.catalog, next.plan)
  return next && plan ? { plan, at: next.at } : null
}

/** Queries the database only if the catalogue has a trial. */
async function hasHadTrial(ctx: Context, book: AccountBook): Promise<boolean> {
  if (book.catalog.plans.every(({ trial }) => trial === null)) return false
  return (await findTrial(ctx.pool, book.accountId)) !== null
}

/** The limits are checked after the plan, so an upgrade is not offered if they would refuse the request. */
function planOptions(book: AccountBook, use: PricedUse, at: Circumstances): RefusalOption[] {
  const hasRoom = roomAllows(book, spendingOf(use, at), use.price.total)
  const upgrade = hasRoom ? upgradeOption(book, use, use.price.total, at) : []
  return [...upgrade, ...cheaperOption(book, use, at)]
}

/** Resuming helps only if limits, budget, run and balance then cover the request. */
function resumeOption(
  book: AccountBook,
  use: PricedUse,
  required: Millicredits,
  at: Circumstances,
): RefusalOption[] {
  if (required > book.available || !fits(boundsOf(book, spendingOf(use, at)), required)) return []
  return [{ kind: 'resume', label: 'Let this app spend again', href: settings('apps') }]
}

/** The option to raise the bound that refused a request; `scope` and `window` identify that bound. */
type Raise = { scope: Bound['scope']; window: Bound['window']; option: () => RefusalOption }

const RAISE_BUDGET: Raise = {
  scope: 'budget',
  window: 'month',
  option: () => ({ kind: 'budget', label: 'Raise the monthly budget of this app', href: settings('apps') }),
}

const RAISED = { account: 'of your account', editor: 'of the editor', app: 'of this app' } as const
const EACH = { day: 'daily', week: 'weekly', month: 'monthly' } as const

function raiseOf({ scope, window, runId }: LimitReached['facts']): Raise {
  if (scope === 'run' || window === null) {
    const href = settings(`limits?run=${publicId('run', runId ?? '')}`)
    return { scope, window, option: () => ({ kind: 'raise', label: 'Raise the cap of this run', href }) }
  }
  const label = `Raise the ${EACH[window]} limit ${RAISED[scope]}`
  return { scope, window, option: () => ({ kind: 'raise', label, href: settings('limits') }) }
}

/**
 * Raising one limit helps only if the others and the available credits cover the request; waiting only if all limits do once
 * it has reset, together with the holds that will still be open.
 */
function roomOptions(
  book: AccountBook,
  use: PricedUse,
  { required, resetsAt: reset }: { required: Millicredits; resetsAt: Date | null },
  raise: Raise,
  at: Circumstances,
): RefusalOption[] {
  const spending = spendingOf(use, at)
  const others = boundsOf(book, spending).filter(
    ({ scope, window }) => scope !== raise.scope || window !== raise.window,
  )
  const raised = required <= book.available && fits(others, required) ? [raise.option()] : []
  const fitsThen = reset !== null && fits(boundsOf(book, spending, reset), required)
  const what = raise.scope === 'budget' ? 'credits reset' : 'limit resets'
  const wait = fitsThen ? waitOption(book, use, { required, reset, what }, at) : []
  return [...raised, ...wait, ...(at.heldUntil ? [] : cheaperOption(book, use, at))]
}

function spendingOf({ operation }: PricedUse, { appId, runId }: Omit<Payer, 'accountId'>): Use {
  return { operation: operation.key, appId, runId }
}

type Wanted = { required: Millicredits; reset: Date | null; what?: string }

function creditOptions(
  book: AccountBook,
  use: PricedUse,
  wanted: Wanted,
  at: Circumstances,
): RefusalOption[] {
  return [
    ...upgradeOption(book, use, wanted.required, at),
    ...packOption(book, wanted.required, at.currency),
    ...waitOption(book, use, wanted, at),
    // A hold cannot change its operation.
    ...(at.heldUntil ? [] : cheaperOption(book, use, at)),
  ]
}

function settings(page: string): string {
  return `${getEnv().appUrl}/settings/${page}`
}

function billing(query: string): string {
  return settings(`billing?${query}`)
}

/**
 * The lowest plan that makes the request succeed. An upgrade starts the paid allowance immediately; it ends the
 * remaining Free allowance and keeps that of a paid plan (docs/architecture.md, "Upgrade"). A trial ends nothing and
 * brings its own credits.
 */
function upgradeOption(
  book: AccountBook,
  { operation }: PricedUse,
  required: Millicredits,
  { hadTrial }: Circumstances,
): RefusalOption[] {
  if (!getEnv().hasBilling) return []
  const own = book.isOnFreePlan ? null : planOf(book.catalog, book.plan)
  if (own !== null && !isPaid(book)) return []
  const kept = book.available - (own === null ? (currentAllowance(book)?.remaining ?? 0) : 0)
  const trialOf = ({ trial }: Plan) => (own === null && !hadTrial ? trial : null)
  const spendable = (plan: Plan) => {
    const trial = trialOf(plan)
    return trial === null ? kept + plan.monthlyCredits : book.available + trial.credits
  }
  const helps = (plan: Plan) =>
    (own === null || isUpgrade(own, plan)) &&
    plan.tiers.includes(operation.tier) &&
    spendable(plan) >= required
  const plan = plansAbove(book.catalog, book.plan).find(helps)
  if (!plan) return []
  const trial = trialOf(plan)
  if (trial !== null) {
    const label = `Try ${plan.name} free for ${plural(trial.days, 'day')}: ${formatWholeCredits(trial.credits)} credits`
    return [{ kind: 'upgrade', label, href: billing(`plan=${plan.key}`) }]
  }
  const label = `Upgrade to ${plan.name}: ${formatWholeCredits(plan.monthlyCredits)} credits a month`
  return [{ kind: 'upgrade', label, href: billing(`plan=${plan.key}`) }]
}

/** True if the plan's current period is paid and its end is not planned: only then can it change. */
function isPaid(book: AccountBook): boolean {
  const allowance = currentAllowance(book)
  if (allowance === null || isTrialGrant(allowance)) return false
  const { period } = allowance
  return book.planEndsAt === null && period?.plan === book.plan && period.end > book.now
}

/** The smallest pack that covers the request. */
function packOption(book: AccountBook, required: Millicredits, currency: string | null): RefusalOption[] {
  if (!getEnv().hasBilling) return []
  const enough = book.catalog.packs
    .filter((pack) => book.available + pack.credits >= required)
    .sort((left, right) => left.credits - right.credits)
  const [pack] = enough
  if (!pack) return []
  const isOffered = currency !== null && pack.prices[currency] !== undefined
  const price = isOffered ? priceIn(pack, currency) : mainPrice(pack)
  const label = `Buy ${formatWholeCredits(pack.credits)} credits for ${formatMoney(price.amount, price.currency)}`
  return [{ kind: 'pack', label, href: billing(`pack=${pack.key}`) }]
}

/**
 * The credits at the reset: the grants that have not expired by then and, from the allowance's own reset on, the new
 * allowance. A hold to extend must still be open.
 */
function waitOption(
  book: AccountBook,
  use: PricedUse,
  { required, reset, what = 'credits reset' }: Wanted,
  { heldUntil, scheduled }: Circumstances,
): RefusalOption[] {
  if (reset === null || reset <= book.now || (heldUntil && heldUntil <= reset)) return []
  const renewal = resetsAt(book)
  const isRenewed = renewal === null || renewal <= reset
  const changed = scheduled !== null && scheduled.at <= reset ? scheduled.plan : nextMonth(book, reset)
  const next = isRenewed ? changed : { monthlyCredits: ZERO, tiers: book.tiers }
  if (!next.tiers.includes(use.operation.tier)) return []
  const surviving = book
    .burnDown()
    .filter((grant) => (grant.source !== 'allowance' || !isRenewed) && book.isLive(grant, reset))
    .reduce((total, grant) => total + grant.remaining, 0)
  if (surviving + next.monthlyCredits < required) return []
  return [{ kind: 'wait', label: `Wait until the ${what} on ${formatTime(reset, 'date')} (UTC)` }]
}

/** The allowance of the month after the reset: that of the plan as sold or, after its end, of the plan that follows. */
function nextMonth(book: AccountBook, reset: Date): Pick<Plan, 'monthlyCredits' | 'tiers'> {
  if (book.planEndsAt !== null && book.planEndsAt <= reset) return followingPlan(book)
  const allowance = currentAllowance(book)
  if (book.isOnFreePlan || allowance?.period?.plan !== book.plan || isTrialGrant(allowance))
    return { ...planOf(book.catalog, book.plan), tiers: book.tiers }
  // The months of a yearly plan share its returned money.
  const gone = openLineOf(book, allowance) === null ? ZERO : allowance.moneyBack
  return { monthlyCredits: millicredits(allowance.granted - gone), tiers: book.tiers }
}

function cheaperOption(book: AccountBook, use: PricedUse, at: Circumstances): RefusalOption[] {
  const version = catalogVersion(use.price.priceVersion)
  const { operation, usage } = use
  const alternative = cheapestAlternative({ version, operation, usage, premiumBps: use.price.premiumBps })
  if (alternative === null || alternative.price.total > book.available) return []
  const { appId, runId } = at
  const spending = { operation: alternative.operation.key, appId, runId }
  if (!roomAllows(book, spending, alternative.price.total)) return []
  if (!book.mayUse(alternative.operation.tier)) return []
  const label = `Use ${alternative.operation.name} for ${creditsInWords(alternative.price.total)}`
  return [{ kind: 'cheaper_operation', label, operation: alternative.operation.key }]
}
