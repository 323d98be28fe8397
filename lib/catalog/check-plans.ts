import { checkPrice, checkText, checkUnique, checkWhole, refuse } from './checks'
import type { CatalogData, PlanOf } from './types'

export function checkTiers({ tiers }: CatalogData): void {
  checkUnique(
    tiers.map(({ key }) => key),
    'tiers',
    'key',
  )
  tiers.forEach(({ name }, index) => {
    checkText(name, `tiers[${index}].name`)
  })
}

/** Checks that every tier is in a plan and every operation has a tier. */
export function checkTierUse({ tiers, plans, priceVersions }: CatalogData): void {
  tiers.forEach(({ key }, index) => {
    if (!plans.some((plan) => plan.tiers.includes(key)))
      refuse(`tiers[${index}].key`, 'is not part of any plan')
  })
  priceVersions.forEach(({ operations }, index) => {
    operations.forEach(({ tier }, position) => {
      const field = `priceVersions[${index}].operations[${position}].tier`
      if (!tiers.some(({ key }) => key === tier)) refuse(field, `${tier} is unknown`)
    })
  })
}

/** Checks that one plan is free and one is sold, with at least as many credits. */
export function checkPlans({ plans, tiers }: CatalogData): void {
  checkUnique(
    plans.map((plan) => plan.key),
    'plans',
    'key',
  )
  plans.forEach((plan, index) => {
    const field = `plans[${index}]`
    checkText(plan.name, `${field}.name`)
    checkWhole(plan.monthlyCredits, `${field}.monthlyCredits`, 0)
    checkWhole(plan.priceCents, `${field}.priceCents`, 0)
    checkPrice(plan.priceCents, plan.currency, field)
    if (plan.priceCents > 0 && !plan.stripeLookupKey)
      refuse(`${field}.stripeLookupKey`, 'a plan for sale needs one')
    plan.tiers.forEach((tier, place) => {
      if (!tiers.some(({ key }) => key === tier)) refuse(`${field}.tiers[${place}]`, `${tier} is unknown`)
    })
  })
  const [free, ...otherFree] = plans.filter(({ priceCents }) => priceCents === 0)
  const [paid, ...otherPaid] = plans.filter(({ priceCents }) => priceCents > 0)
  if (!free || !paid || otherFree.length + otherPaid.length > 0)
    refuse('plans', 'needs one free plan and one plan for sale')
  checkLarger(free, paid, `plans[${plans.indexOf(paid)}]`)
}

function checkLarger(free: PlanOf<number>, paid: PlanOf<number>, field: string): void {
  if (paid.monthlyCredits < free.monthlyCredits)
    refuse(`${field}.monthlyCredits`, `${paid.name} is smaller than ${free.name}`)
  const missing = free.tiers.find((tier) => !paid.tiers.includes(tier))
  if (missing !== undefined)
    refuse(`${field}.tiers`, `${paid.name} lacks the tier ${missing}, which ${free.name} includes`)
}
