import { planPriceInWords, priceInWords } from '@/components/billing/offer-words'
import { exampleUse } from '@/components/site/example-use'
import { estimable } from '@/components/site/prepare-estimate'
import { ratesInWords, ratio } from '@/components/site/rate-words'
import {
  addedOperations,
  addedTiers,
  includedOperations,
  openings,
  operationsOf,
} from '@/components/site/tier-words'
import { type Catalog, freePlan, type Operation, plansSold } from '@/lib/catalog'
import { getEnv } from '@/lib/env'
import { formatBps, formatCount, formatCredits, formatList, formatWholeCredits } from '@/lib/format'

/** The units that an operation counts: "seconds and tokens". */
function countsOf({ usageFields, units }: Catalog, { rates }: Operation): string {
  const priced = new Set(usageFields.filter(({ key }) => rates[key]).map(({ unit }) => unit))
  return formatList([...priced].map((key) => units.find((unit) => unit.key === key)?.plural ?? key))
}

/** The first operation of each family. */
function samplesOf(catalog: Catalog) {
  return catalog.families.flatMap(({ key }) => {
    const operation = estimable(catalog).find(({ family }) => family === key)
    if (!operation) return []
    return [{ operation, counts: countsOf(catalog, operation), rates: ratesInWords(catalog, operation) }]
  })
}

const EXAMPLE = { operation: 'web.extract', usage: { pages: 5 } }

function exampleOf(catalog: Catalog) {
  const example = exampleUse(catalog, EXAMPLE)
  if (example === null) return null
  const { operation, price, words } = example
  return {
    words: `${operation.name} (${words})`,
    base: formatCredits(price.base),
    premium: formatCredits(price.premium),
    total: formatCredits(price.total),
  }
}

function packExpiry({ packs }: Catalog): string {
  const days = new Set(packs.map(({ expiresAfterDays }) => expiresAfterDays))
  if (days.size === 1 && days.has(null)) return 'Packs do not expire.'
  return 'Each pack says when its credits expire.'
}

/** Every number in the guide, taken from the catalogue that charges use, so that the guide stays correct. */
export function guideFacts(catalog: Catalog) {
  const { terms, packs, operations } = catalog
  const [free, paid] = [freePlan(catalog), plansSold(catalog)]
  return {
    /** False if the platform does its own billing: nothing is bought here. */
    hasBilling: getEnv().hasBilling,
    samples: samplesOf(catalog),
    surcharges: operations.flatMap(({ key, name, surcharge }) =>
      surcharge === null ? [] : [{ key, name, credits: formatCredits(surcharge) }],
    ),
    freeCredits: formatWholeCredits(free.monthlyCredits),
    free: free.name,
    freeOperations: includedOperations(catalog, free),
    /** The names of the plans that are sold: "Super", "Plus or Pro". */
    paid: formatList(
      paid.map(({ name }) => name),
      'or',
    ),
    isYearly: paid.some(({ interval }) => interval === 'year'),
    paidPlans: paid.map((plan) => ({
      key: plan.key,
      name: plan.name,
      credits: formatWholeCredits(plan.monthlyCredits),
      ratio: ratio(plan.monthlyCredits, free.monthlyCredits),
      price: planPriceInWords(plan),
      /** The operations that the plan adds to the free plan's: as a phrase, and by name; null if there are none. */
      operations: addedOperations(catalog, plan),
      names: formatList(
        operations
          .filter(({ tier }) => addedTiers(catalog, plan).includes(tier))
          .map(({ name: operation }) => operation),
      ),
    })),
    /** The operations that each plan adds to those of lower plans. */
    openings: openings(catalog).map(({ plan, tiers }) => ({
      plan: plan.name,
      operations: operationsOf(catalog, tiers),
    })),
    packs: formatList(packs.map((pack) => `${formatWholeCredits(pack.credits)} for ${priceInWords(pack)}`)),
    packExpiry: packExpiry(catalog),
    premium: formatBps(catalog.creatorPremiumBps),
    example: exampleOf(catalog),
    holdMinutes: formatCount(terms.holdSecondsDefault / 60),
    holdHoursMax: formatCount(terms.holdSecondsMax / 3_600),
    rewardPerPayer: formatWholeCredits(terms.rewardPerPayerDailyMax),
    rewardPerCreator: formatWholeCredits(terms.rewardPerCreatorDailyMax),
    payersMin: formatCount(terms.creatorFiguresPayersMin),
    refundDays: formatCount(terms.refundPromoDays),
  }
}

export type GuideFacts = ReturnType<typeof guideFacts>
