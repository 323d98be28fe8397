import { formatMoney } from '@/components/site/money'
import { formatBps, ratio } from '@/components/site/rate-words'
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
import { formatCredits, formatWholeCredits, ZERO } from '@/lib/millicredits'
import { premiumBpsFor, priceUsage } from '@/lib/pricing'

/** One operation of each way of counting. */
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

/** English words around numbers as the reader writes them. */
const list = new Intl.ListFormat('en')

function exampleOf(version: PriceVersion, locale: string) {
  const operation = findOperation(version, EXAMPLE.operation)
  if (!operation) throw new RangeError(`no operation ${EXAMPLE.operation}`)
  const premiumBps = premiumBpsFor({ version, operation, inOthersApp: true })
  const price = priceUsage({ version, operation, usage: EXAMPLE.usage, premiumBps })
  return {
    words: EXAMPLE.words,
    base: formatCredits(price.base, locale),
    premium: formatCredits(price.premium, locale),
    total: formatCredits(price.total, locale),
  }
}

function packExpiry(): string {
  const days = new Set(catalog.packs.map(({ expiresAfterDays }) => expiresAfterDays))
  if (days.size === 1 && days.has(null)) return 'Packs do not expire.'
  return 'Each pack says when its credits expire.'
}

/** Every number the guide names, from the catalogue that charges, so that the guide cannot fall behind it. */
export function guideFacts(version: PriceVersion, locale: string) {
  const { terms, packs } = catalog
  const free = freePlan()
  const paid = paidPlan()
  const count = new Intl.NumberFormat(locale)
  return {
    locale,
    samples: SAMPLES.flatMap(({ key, counts }): { counts: string; operation: Operation }[] => {
      const operation = findOperation(version, key)
      return operation ? [{ counts, operation }] : []
    }),
    webSearch: formatCredits(findOperation(version, 'ai.web_search')?.surcharge ?? ZERO, locale),
    freeCredits: formatWholeCredits(free.monthlyCredits, locale),
    free: free.name,
    paid: paid.name,
    paidCredits: formatWholeCredits(paid.monthlyCredits, locale),
    paidRatio: ratio(paid.monthlyCredits, free.monthlyCredits, locale),
    paidPrice: formatMoney(paid.priceCents, paid.currency, locale),
    /** What only the paid plan includes: the tiers in words, and the operations. */
    freeOperations: includedOperations(free),
    paidOperations: paidOperations() ?? '',
    paidNames: list.format(
      version.operations.filter(({ tier }) => !isOpenTier(tier)).map(({ name }) => name),
    ),
    packs: list.format(
      packs.map(
        (pack) =>
          `${formatWholeCredits(pack.credits, locale)} for ${formatMoney(pack.priceCents, pack.currency, locale)}`,
      ),
    ),
    packExpiry: packExpiry(),
    premium: formatBps(version.creatorPremiumBps, locale),
    example: exampleOf(version, locale),
    holdMinutes: count.format(terms.holdSecondsDefault / 60),
    holdHoursMax: count.format(terms.holdSecondsMax / 3_600),
    rewardPerPayer: formatWholeCredits(terms.rewardPerPayerDailyMax, locale),
    rewardPerCreator: formatWholeCredits(terms.rewardPerCreatorDailyMax, locale),
    payersMin: count.format(terms.creatorFiguresPayersMin),
    refundDays: count.format(terms.refundPromoDays),
  }
}

export type GuideFacts = ReturnType<typeof guideFacts>
