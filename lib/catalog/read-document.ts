import { fromCredits, type Millicredits } from '@/lib/millicredits'
import { checkLook } from './check-look'
import { checkOperations, checkUnits } from './check-operations'
import { checkCurrencies, checkPacks, checkPlans, checkTiers } from './check-plans'
import { refuse } from './checks'
import { type CatalogDocument, document, type ParsedDocument } from './document'
import { BPS_MAX, DOCUMENT_BYTES_MAX } from './limits'
import type { Catalog, Prices } from './types'

/** `operations[2].rates.inputTokens.amount` */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('')
}

/** Replaces each amount of credits by millicredits, refusing fractions of them. */
function millicreditsAt(credits: number, field: string): Millicredits {
  const amount = fromCredits(credits)
  if (amount === null) refuse(field, `${credits} has more than three decimals`)
  return amount
}

function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const part of Object.values(value)) freezeDeep(part)
}

/** The parts of a document that contain amounts, in millicredits. */
function amountsOf(read: ParsedDocument) {
  const at = millicreditsAt
  return {
    operations: read.operations.map((operation, index) => {
      const field = `operations[${index}]`
      const rates = Object.entries(operation.rates).map(([key, { amount, per, included }]) => [
        key,
        {
          amount: at(amount, `${field}.rates.${key}.amount`),
          per,
          ...(included === undefined ? {} : { included }),
        },
      ])
      const { minimum, surcharge } = operation
      return {
        ...operation,
        rates: Object.fromEntries(rates),
        minimum: at(minimum, `${field}.minimum`),
        surcharge: surcharge === null ? null : at(surcharge, `${field}.surcharge`),
      }
    }),
    plans: read.plans.map(({ credits, trialDays: days, trialCredits: tried, ...plan }, index) => ({
      ...plan,
      monthlyCredits: at(credits, `plans[${index}].credits`),
      trial:
        days === null || tried === null ? null : { days, credits: at(tried, `plans[${index}].trialCredits`) },
    })),
    packs: read.packs.map((pack, index) => ({
      ...pack,
      credits: at(pack.credits, `packs[${index}].credits`),
    })),
    terms: {
      ...read.terms,
      rewardPerPayerDailyMax: at(read.terms.rewardPerPayerDailyMax, 'terms.rewardPerPayerDailyMax'),
      rewardPerCreatorDailyMax: at(read.terms.rewardPerCreatorDailyMax, 'terms.rewardPerCreatorDailyMax'),
    },
  }
}

function parse(value: unknown): ParsedDocument {
  const bytes = new TextEncoder().encode(JSON.stringify(value) ?? '').length
  if (bytes > DOCUMENT_BYTES_MAX)
    refuse('document', `has ${bytes} bytes; at most ${DOCUMENT_BYTES_MAX} are allowed`)
  const parsed = document.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  refuse(placeOf(issue?.path ?? []) || 'document', issue?.message ?? 'is invalid')
}

/** The database does not keep the order of keys. */
function inOrder(prices: Prices, currencies: readonly string[]): Prices {
  const known = Object.entries(prices)
  return Object.fromEntries(currencies.flatMap((one) => known.filter(([currency]) => currency === one)))
}

/** A copy of a valid document that people may see. */
function withoutCosts(value: unknown): CatalogDocument {
  const copy = structuredClone(value) as CatalogDocument
  for (const { rates = {} } of copy.operations) for (const rate of Object.values(rates)) delete rate.cost
  return copy
}

/**
 * Reads a document as a frozen version of the catalogue. Checks its shape, its references, and the rules that keep
 * prices exact and no use free (docs/product.md, "Price table"). Throws `CatalogError` naming the first field at fault.
 */
export function catalogOf(value: unknown, version: number, effectiveFrom: Date | null): Catalog {
  const read = parse(value)
  checkUnits(read)
  checkPlans(read)
  checkTiers(read)
  // The checks below compute with exact amounts.
  const { operations, plans, packs, terms } = amountsOf(read)
  checkOperations(read)
  checkPacks(read)
  const currencies = checkCurrencies(read)
  checkLook(read)
  if (read.terms.holdSecondsDefault > read.terms.holdSecondsMax)
    refuse('terms.holdSecondsDefault', 'is more than holdSecondsMax')

  const { premium, brand, units, usageFlags, families, tiers } = read
  const fields = read.usageFields.map((field) => ({
    ...field,
    unitPlural: units.find(({ key }) => key === field.unit)?.plural ?? field.unit,
    parts: read.usageFields.filter(({ partOf }) => partOf === field.key).map(({ key }) => key),
    scale: 10 ** field.decimals,
  }))
  const catalog: Catalog = {
    version,
    effectiveFrom,
    document: withoutCosts(value),
    creatorPremiumBps: Math.round(premium * BPS_MAX),
    brand,
    units,
    usageFields: fields,
    usageFlags,
    families,
    tiers,
    currencies,
    plans: plans.map((plan) => ({ ...plan, prices: inOrder(plan.prices, currencies) })),
    packs: packs.map((pack) => ({ ...pack, prices: inOrder(pack.prices, currencies) })),
    terms,
    operations: operations.map((operation) => ({
      ...operation,
      fields: fields.filter(({ key }) => Object.hasOwn(operation.rates, key)),
      flags: usageFlags.filter(({ key }) => Object.hasOwn(operation.surchargedBy, key)),
    })),
  }
  freezeDeep(catalog)
  return catalog
}
