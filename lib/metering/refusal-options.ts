import { findSubscription } from '@/lib/billing/read/subscription-rows'
import { findPlan, freePlan, isUpgrade, mainPrice, type Plan, planOf, plansAbove } from '@/lib/catalog'
import { catalogVersion } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { currentAllowance } from '@/lib/credits/book/allowance'
import type { AccountBook } from '@/lib/credits/book/book'
import { budgetAllows } from '@/lib/credits/book/budget'
import { openLineOf } from '@/lib/credits/book/paid-lines'
import { readBook } from '@/lib/credits/verbs/get-balance'
import { getEnv } from '@/lib/env'
import { BudgetExceeded, InsufficientCredits, PlanRequired, type RefusalOption } from '@/lib/errors'
import { formatCredits, formatMoney, formatTime, formatWholeCredits } from '@/lib/format'
import { type Millicredits, millicredits, ZERO } from '@/lib/millicredits'
import { cheapestAlternative } from '@/lib/pricing/price'
import type { PricedUse } from './resolve-use'

/**
 * Runs a write and adds options to a refusal for lack of credits, budget or plan. An option is offered only if it alone makes
 * the same request succeed (docs/api.md, "Errors").
 */
export async function withOptions<T>(
  ctx: Context,
  payer: { accountId: string; appId: string | null },
  use: PricedUse,
  write: () => Promise<T>,
  /** The expiry of the hold to extend; undefined for a new use. */
  heldUntil?: Date,
): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof InsufficientCredits) {
      const book = await readBook(ctx, payer.accountId)
      error.options = optionsFor(book, use, {
        required: error.facts.required,
        reset: error.facts.resetsAt,
        next: await changeBy(ctx, book, error.facts.resetsAt),
        heldUntil,
      })
    } else if (error instanceof PlanRequired) {
      const book = await readBook(ctx, payer.accountId)
      error.options = planOptions(book, payer.appId, use)
    } else if (error instanceof BudgetExceeded) {
      const book = await readBook(ctx, payer.accountId)
      const next = await changeBy(ctx, book, error.facts.resetsAt)
      error.options = budgetOptions(book, payer.appId, use, { ...error.facts, next, heldUntil })
    }
    throw error
  }
}

/** The plan that a scheduled change brings by the reset; null if there is none. */
async function changeBy(ctx: Context, book: AccountBook, reset: Date | null): Promise<Plan | null> {
  if (book.isOnFreePlan || reset === null) return null
  const next = (await findSubscription(ctx.pool, book.accountId))?.next
  return next && next.at <= reset ? (findPlan(book.catalog, next.plan) ?? null) : null
}

/** The budget is checked after the plan, so an upgrade is not offered if the budget would refuse the request. */
function planOptions(book: AccountBook, appId: string | null, use: PricedUse): RefusalOption[] {
  const upgrade = budgetAllows(book, appId, use.price.total) ? upgradeOption(book, use, use.price.total) : []
  return [...upgrade, ...cheaperOption(book, use, appId)]
}

/**
 * Raising the budget helps only if the available credits cover the request. Waiting for the next period helps only if the limit
 * covers the request together with the app's holds that will still be open.
 */
function budgetOptions(
  book: AccountBook,
  appId: string | null,
  use: PricedUse,
  {
    required,
    budget,
    resetsAt: reset,
    next,
    heldUntil,
  }: BudgetExceeded['facts'] & Pick<Wanted, 'next' | 'heldUntil'>,
): RefusalOption[] {
  const label = 'Raise the monthly budget of this app'
  const raise: RefusalOption[] =
    required <= book.available ? [{ kind: 'budget', label, href: `${getEnv().appUrl}/settings/apps` }] : []
  const heldThen = reset === null || appId === null ? ZERO : book.heldBy(appId, reset)
  const wait =
    heldThen + required <= budget ? waitOption(book, use, { required, reset, next, heldUntil }) : []
  return [...raise, ...wait, ...(heldUntil ? [] : cheaperOption(book, use, appId))]
}

type Wanted = {
  required: Millicredits
  reset: Date | null
  /** The plan from the reset on, if it changes by then. */
  next: Plan | null
  heldUntil: Date | undefined
}

function optionsFor(book: AccountBook, use: PricedUse, wanted: Wanted): RefusalOption[] {
  return [
    ...upgradeOption(book, use, wanted.required),
    ...packOption(book, wanted.required),
    ...waitOption(book, use, wanted),
    // A cheaper operation fits any budget that the request fits. A hold cannot change its operation.
    ...(wanted.heldUntil ? [] : cheaperOption(book, use, null)),
  ]
}

function billing(query: string): string {
  return `${getEnv().appUrl}/settings/billing?${query}`
}

/**
 * The lowest plan that makes the request succeed. An upgrade starts the paid allowance immediately; it ends the remaining Free
 * allowance and keeps that of a paid plan (docs/architecture.md, "Upgrade").
 */
function upgradeOption(book: AccountBook, { operation }: PricedUse, required: Millicredits): RefusalOption[] {
  const own = book.isOnFreePlan ? null : planOf(book.catalog, book.plan)
  if (own !== null && !isPaid(book)) return []
  const kept = book.available - (own === null ? (currentAllowance(book)?.remaining ?? 0) : 0)
  const helps = (plan: Plan) =>
    (own === null || isUpgrade(own, plan)) &&
    plan.tiers.includes(operation.tier) &&
    kept + plan.monthlyCredits >= required
  const plan = plansAbove(book.catalog, book.plan).find(helps)
  if (!plan) return []
  const label = `Upgrade to ${plan.name}: ${formatWholeCredits(plan.monthlyCredits)} credits a month`
  return [{ kind: 'upgrade', label, href: billing(`plan=${plan.key}`) }]
}

/** True if the plan's current period is paid and its end is not planned: only then can it change. */
function isPaid(book: AccountBook): boolean {
  const period = currentAllowance(book)?.period
  return book.planEndsAt === null && period?.plan === book.plan && period.end > book.now
}

/** The smallest pack that covers the request. */
function packOption(book: AccountBook, required: Millicredits): RefusalOption[] {
  const enough = book.catalog.packs
    .filter((pack) => book.available + pack.credits >= required)
    .sort((left, right) => left.credits - right.credits)
  const [pack] = enough
  if (!pack) return []
  const price = mainPrice(pack)
  const label = `Buy ${formatWholeCredits(pack.credits)} credits for ${formatMoney(price.amount, price.currency)}`
  return [{ kind: 'pack', label, href: billing(`pack=${pack.key}`) }]
}

/**
 * The credits at the reset are the new allowance and the grants that have not expired by then. A hold to extend must still
 * be open.
 */
function waitOption(
  book: AccountBook,
  use: PricedUse,
  { required, reset, next: changed, heldUntil }: Wanted,
): RefusalOption[] {
  if (reset === null || reset <= book.now || (heldUntil && heldUntil <= reset)) return []
  const next = changed ?? nextMonth(book, reset)
  if (!next.tiers.includes(use.operation.tier)) return []
  const surviving = book
    .burnDown()
    .filter((grant) => grant.source !== 'allowance' && book.isLive(grant, reset))
    .reduce((total, grant) => total + grant.remaining, 0)
  if (surviving + next.monthlyCredits < required) return []
  return [{ kind: 'wait', label: `Wait until the credits reset on ${formatTime(reset, 'date')} (UTC)` }]
}

/** What the month after the reset brings: what the plan was sold with or, after its end, what Free has. */
function nextMonth(book: AccountBook, reset: Date): Pick<Plan, 'monthlyCredits' | 'tiers'> {
  if (book.planEndsAt !== null && book.planEndsAt <= reset) return freePlan(book.catalog)
  const allowance = currentAllowance(book)
  if (book.isOnFreePlan || allowance?.period?.plan !== book.plan)
    return { ...planOf(book.catalog, book.plan), tiers: book.tiers }
  // The months of a yearly plan share the money that went back.
  const gone = openLineOf(book, allowance) === null ? ZERO : allowance.moneyBack
  return { monthlyCredits: millicredits(allowance.granted - gone), tiers: book.tiers }
}

function cheaperOption(book: AccountBook, use: PricedUse, appId: string | null): RefusalOption[] {
  const version = catalogVersion(use.price.priceVersion)
  const { operation, usage } = use
  const alternative = cheapestAlternative({ version, operation, usage, premiumBps: use.price.premiumBps })
  if (alternative === null || alternative.price.total > book.available) return []
  if (!budgetAllows(book, appId, alternative.price.total)) return []
  if (!book.mayUse(alternative.operation.tier)) return []
  const label = `Use ${alternative.operation.name} for ${formatCredits(alternative.price.total)} credits`
  return [{ kind: 'cheaper_operation', label, operation: alternative.operation.key }]
}
