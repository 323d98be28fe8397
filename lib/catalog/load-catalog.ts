import { CATALOG_DATA } from './catalog-data'
import { checkPlans, checkTiers, checkTierUse } from './check-plans'
import { checkPriceVersions } from './check-prices'
import { checkPrice, checkUnique, checkWhole, refuse } from './checks'
import type { Catalog, CatalogData } from './types'

function checkPacks(packs: CatalogData['packs']): void {
  checkUnique(
    packs.map((pack) => pack.key),
    'packs',
    'key',
  )
  packs.forEach((pack, index) => {
    const field = `packs[${index}]`
    checkWhole(pack.credits, `${field}.credits`, 1)
    checkWhole(pack.priceCents, `${field}.priceCents`, 1)
    checkPrice(pack.priceCents, pack.currency, field)
    if (!pack.stripeLookupKey) refuse(`${field}.stripeLookupKey`, 'is missing')
    if (pack.expiresAfterDays !== null) checkWhole(pack.expiresAfterDays, `${field}.expiresAfterDays`, 1)
  })
}

function checkLookupKeys(data: CatalogData): void {
  const sold = [
    ...data.plans.map((plan) => plan.stripeLookupKey),
    ...data.packs.map((pack) => pack.stripeLookupKey),
  ]
  const keys = sold.filter((key) => key !== null)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) refuse('stripeLookupKey', `${twice} is used twice`)
}

function checkTerms(terms: CatalogData['terms']): void {
  for (const [name, value] of Object.entries(terms)) checkWhole(value, `terms.${name}`, 1)
  if (terms.holdSecondsDefault > terms.holdSecondsMax) {
    refuse('terms.holdSecondsDefault', 'is more than holdSecondsMax')
  }
}

function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const part of Object.values(value)) freezeDeep(part)
}

/**
 * Validates a catalogue and freezes it. Throws `CatalogError`, naming the field, for a negative or inexact price, a gap, a
 * duplicate key, a paid plan smaller than the free one or an empty pack (docs/product.md, "Price table"): an invalid
 * catalogue must fail the start, not a charge.
 */
export function loadCatalog(data: CatalogData): Catalog {
  checkTiers(data)
  checkPlans(data)
  checkTierUse(data)
  checkPriceVersions(data)
  checkPacks(data.packs)
  checkLookupKeys(data)
  checkTerms(data.terms)
  freezeDeep(data)
  // The checks above ensure safe integers, so the cast only adds the brand.
  return data as Catalog
}

/** The catalogue of this deployment. */
export const catalog: Catalog = loadCatalog(CATALOG_DATA)
