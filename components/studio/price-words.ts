import { amountOf } from '@/components/credits/live-days'
import { rewardOf } from '@/lib/credits/book/reward'
import { formatCredits, type Millicredits, millicredits, ZERO } from '@/lib/millicredits'
import type { Price } from '@/lib/studio/price-feature'

/** A price before it is charged is an estimate, so it has one decimal at most; a receipt is exact. */
export function aboutInWords(credits: number, locale: string): string {
  const about = new Intl.NumberFormat(locale, { maximumFractionDigits: credits < 20 ? 1 : 0 }).format(credits)
  return `about ${about} ${about === '1' ? 'credit' : 'credits'}`
}

/** "About 4.4 credits, with +10% to its creator; at most 12 are reserved." `premium`: the rate in words; null where none is added. */
export function priceInWords(price: Price | null, premium: string | null, locale: string): string {
  if (price === null) return 'The price cannot be known right now.'
  const about = aboutInWords(price.usual, locale)
  const creator = premium === null || price.premium === 0 ? '' : `, with +${premium} to its creator`
  const most = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(Math.ceil(price.most))
  const reserved = price.most > price.usual ? `; at most ${most} are reserved` : ''
  return `${about.charAt(0).toUpperCase()}${about.slice(1)}${creator}${reserved}.`
}

/** What stands in the way before anything is tried; null for nothing. */
export function obstacleInWords(price: Price | null): string | null {
  if (price === null) return null
  if (!price.allowed) return 'This is part of Super.'
  return price.affordable ? null : 'This is more than you have left for it.'
}

/** What a charge cost its payer, and the part of it that went to the app's creator. */
export function receiptInWords(
  charge: { base: number; premium: number; total: number; absorbed: number },
  locale: string,
): string {
  const credits = (amount: Millicredits) => formatCredits(amount, locale)
  const taken = millicredits(amountOf(charge.total) - amountOf(charge.absorbed))
  const paid = credits(taken)
  const reward = rewardOf(amountOf(charge.base), amountOf(charge.premium), taken)
  const parts =
    reward === ZERO
      ? ''
      : `: ${credits(millicredits(taken - reward))} for the work and ${credits(reward)} for its creator`
  return `It cost ${paid} ${paid === '1' ? 'credit' : 'credits'}${parts}.`
}
