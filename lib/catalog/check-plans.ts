import { checkKnown, checkPrices, checkUnique, refuse } from './checks'
import type { ParsedDocument } from './document'

/** Requires that every tier is part of a plan. */
export function checkTiers({ tiers, plans }: ParsedDocument): void {
  tiers.forEach(({ key }, index) => {
    if (!plans.some((plan) => plan.tiers.includes(key)))
      refuse(`tiers[${index}].key`, 'is not part of any plan')
  })
}

/**
 * Requires that one plan is free, at least one is sold, and a higher-ranked plan includes no less than a lower-ranked
 * one.
 */
export function checkPlans({ plans, tiers }: ParsedDocument): void {
  checkUnique(tiers, 'tiers')
  checkUnique(plans, 'plans')
  plans.forEach((plan, index) => {
    const field = `plans[${index}]`
    checkPrices(plan.prices, field)
    plan.tiers.forEach((tier, place) => {
      checkKnown(tier, tiers, `${field}.tiers[${place}]`)
    })
    checkTrial(plan, field)
    if (plans.findIndex(({ rank }) => rank === plan.rank) !== index)
      refuse(`${field}.rank`, `${plan.rank} appears twice`)
  })
  const free = plans.filter((plan) => !isSold(plan))
  const [, second] = free
  if (second) refuse(`plans[${plans.indexOf(second)}].prices`, 'is empty, but another plan is already free')
  if (free.length === 0 || plans.length === 1)
    refuse('plans', 'needs a plan that is free and one that is sold')
  const ranked = plans.toSorted((one, other) => one.rank - other.rank)
  const [lowest] = ranked
  if (lowest && isSold(lowest)) refuse(`plans[${plans.indexOf(lowest)}].rank`, 'the free plan ranks lowest')
  ranked.slice(1).forEach((plan, index) => {
    const lower = ranked[index]
    if (lower) checkLarger(lower, plan, `plans[${plans.indexOf(plan)}]`)
  })
}

type Plan = ParsedDocument['plans'][number]

const isSold = ({ prices }: Plan) => Object.keys(prices).length > 0

/**
 * Requires that a trial has a length and credits, belongs to a plan that is sold, and has no more credits than a paid
 * month.
 */
function checkTrial(plan: Plan, field: string): void {
  const { name, credits, trialDays, trialCredits } = plan
  if (trialDays === null && trialCredits === null) return
  if (trialDays === null) refuse(`${field}.trialDays`, 'is missing: trialCredits needs it')
  if (trialCredits === null) refuse(`${field}.trialCredits`, 'is missing: trialDays needs it')
  if (!isSold(plan)) refuse(`${field}.trialDays`, `${name} is free and needs no trial`)
  if (trialCredits > credits) refuse(`${field}.trialCredits`, `is more than the ${credits} of a paid month`)
}

function checkLarger(lower: Plan, plan: Plan, field: string): void {
  if (plan.credits < lower.credits) refuse(`${field}.credits`, `${plan.name} is smaller than ${lower.name}`)
  const missing = lower.tiers.find((tier) => !plan.tiers.includes(tier))
  if (missing !== undefined)
    refuse(`${field}.tiers`, `${plan.name} lacks the tier ${missing}, which ${lower.name} includes`)
}

/** Requires that every pack gives credits for money. */
export function checkPacks({ packs }: ParsedDocument): void {
  checkUnique(packs, 'packs')
  packs.forEach((pack, index) => {
    const field = `packs[${index}]`
    if (pack.credits === 0) refuse(`${field}.credits`, 'is 0')
    if (Object.keys(pack.prices).length === 0) refuse(`${field}.prices`, 'is empty')
    checkPrices(pack.prices, field)
  })
}

/**
 * Requires that everything is sold in the same currencies, because a customer pays for everything in one while a
 * subscription is active. Returns them, the main one first.
 */
export function checkCurrencies({ currencies, plans, packs }: ParsedDocument): string[] {
  const sold = [
    ...plans.map(({ prices }, index) => ({ prices, field: `plans[${index}].prices` })),
    ...packs.map(({ prices }, index) => ({ prices, field: `packs[${index}].prices` })),
  ].filter(({ prices }) => Object.keys(prices).length > 0)
  const all = currencies.length > 0 ? currencies : Object.keys(sold[0]?.prices ?? {})
  for (const { prices, field } of sold) {
    const missing = all.find((currency) => prices[currency] === undefined)
    if (missing !== undefined) refuse(field, `lacks ${missing}, in which other items are sold`)
    const own = Object.keys(prices).find((currency) => !all.includes(currency))
    if (own !== undefined) refuse(field, `has ${own}, in which other items are not sold`)
  }
  if (new Set(all).size < all.length) refuse('currencies', 'has a currency twice')
  // A stored object does not keep the order of its keys.
  if (all.length > 1 && currencies.length === 0)
    refuse('currencies', 'is missing: which of them is the main one?')
  return [...all]
}
