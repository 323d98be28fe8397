import { ratio } from '@/components/site/rate-words'
import { includedOperations, paidOperations } from '@/components/site/tier-words'
import {
  catalog,
  findOperation,
  freePlan,
  isOpenTier,
  type Operation,
  type PriceVersion,
  paidPlan,
} from '@/lib/catalog'
import {
  formatBps,
  formatCount,
  formatCredits,
  formatList,
  formatMoney,
  formatWholeCredits,
} from '@/lib/format'
import { ZERO } from '@/lib/millicredits'
import { premiumBpsFor, priceUsage } from '@/lib/pricing'

/** One operation for each unit. */
const SAMPLES = [
  { key: 'editor.chat.fast', counts: 'effort, that is tokens and tool calls' },
  { key: 'ai.standard', counts: 'tokens' },
  { key: 'web.extract', counts: 'pages' },
  { key: 'image.standard', counts: 'images' },
  { key: 'video.standard', counts: 'seconds' },
  { key: 'speech.tts', counts: 'characters' },
]

const EXAMPLE = {
  operation: 'web.extract',
  usage: { pages: 5 },
  words: 'extracting the content of 5 web pages',
}

function exampleOf(version: PriceVersion) {
  const operation = findOperation(version, EXAMPLE.operation)
  if (!operation) throw new RangeError(`no operation ${EXAMPLE.operation}`)
  const premiumBps = premiumBpsFor({ version, operation, inOthersApp: true })
  const price = priceUsage({ version, operation, usage: EXAMPLE.usage, premiumBps })
  return {
    words: EXAMPLE.words,
    base: formatCredits(price.base),
    premium: formatCredits(price.premium),
    total: formatCredits(price.total),
  }
}

function packExpiry(): string {
  const days = new Set(catalog.packs.map(({ expiresAfterDays }) => expiresAfterDays))
  if (days.size === 1 && days.has(null)) return 'Packs do not expire.'
  return 'Each pack says when its credits expire.'
}

/** Every number in the guide, taken from the catalogue that charges use, so that the guide stays correct. */
export function guideFacts(version: PriceVersion) {
  const { terms, packs } = catalog
  const [free, paid] = [freePlan(), paidPlan()]
  return {
    samples: SAMPLES.flatMap(({ key, counts }): { counts: string; operation: Operation }[] => {
      const operation = findOperation(version, key)
      return operation ? [{ counts, operation }] : []
    }),
    webSearch: formatCredits(findOperation(version, 'ai.web_search')?.surcharge ?? ZERO),
    freeCredits: formatWholeCredits(free.monthlyCredits),
    free: free.name,
    paid: paid.name,
    paidCredits: formatWholeCredits(paid.monthlyCredits),
    paidRatio: ratio(paid.monthlyCredits, free.monthlyCredits),
    paidPrice: formatMoney(paid.priceCents, paid.currency),
    freeOperations: includedOperations(free),
    /** The operations that only the paid plan includes: as a phrase, and by name. */
    paidOperations: paidOperations() ?? '',
    paidNames: formatList(version.operations.filter(({ tier }) => !isOpenTier(tier)).map(({ name }) => name)),
    packs: formatList(
      packs.map(
        (pack) => `${formatWholeCredits(pack.credits)} for ${formatMoney(pack.priceCents, pack.currency)}`,
      ),
    ),
    packExpiry: packExpiry(),
    premium: formatBps(version.creatorPremiumBps),
    example: exampleOf(version),
    holdMinutes: formatCount(terms.holdSecondsDefault / 60),
    holdHoursMax: formatCount(terms.holdSecondsMax / 3_600),
    rewardPerPayer: formatWholeCredits(terms.rewardPerPayerDailyMax),
    rewardPerCreator: formatWholeCredits(terms.rewardPerCreatorDailyMax),
    payersMin: formatCount(terms.creatorFiguresPayersMin),
    refundDays: formatCount(terms.refundPromoDays),
  }
}

export type GuideFacts = ReturnType<typeof guideFacts>
