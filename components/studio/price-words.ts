import { amountOf } from '@/components/format/amount-of'
import { rewardOf } from '@/lib/credits/book/reward'
import { creditsInWords, formatCount, formatCredits, plural } from '@/lib/format'
import { millicredits, ZERO } from '@/lib/millicredits'
import type { Price } from '@/lib/studio/price-feature'

/** An estimate, with at most one decimal; a receipt is exact. */
export function aboutInWords(credits: number): string {
  const about = credits < 20 ? Math.round(credits * 10) / 10 : Math.round(credits)
  return `about ${plural(about, 'credit')}`
}

/**
 * "About 4.4 credits, with +10% to its creator; at most 12 are reserved." `premium` is the rate in words; null if none is
 * added.
 */
export function priceInWords(price: Price | null, premium: string | null): string {
  if (price === null) return 'The price is not available right now.'
  const about = aboutInWords(price.usual)
  const creator = premium === null || price.premium === 0 ? '' : `, with +${premium} to its creator`
  const most = Math.ceil(price.most)
  const reserved =
    price.most > price.usual ? `; at most ${formatCount(most)} ${most === 1 ? 'is' : 'are'} reserved` : ''
  return `${about.charAt(0).toUpperCase()}${about.slice(1)}${creator}${reserved}.`
}

/** Says what prevents a use, before it is tried. Null if nothing does, and for a paused app, which has its own notice. */
export function obstacleInWords(price: Price | null): string | null {
  const obstacle = price?.obstacle ?? null
  if (obstacle === null) return null
  switch (obstacle.kind) {
    case 'plan':
      return `This is part of ${obstacle.plan}.`
    case 'paused':
      return null
    case 'budget':
      return `The budget you set for this app has ${creditsInWords(amountOf(obstacle.left))} left.`
    case 'balance':
      return `You have ${creditsInWords(amountOf(obstacle.left))} left.`
    default:
      return obstacle satisfies never
  }
}

/** Says how much a charge took from its payer, and how much of it went to the creator. */
export function receiptInWords(charge: {
  base: number
  premium: number
  total: number
  absorbed: number
}): string {
  const taken = millicredits(amountOf(charge.total) - amountOf(charge.absorbed))
  const reward = rewardOf(amountOf(charge.base), amountOf(charge.premium), taken)
  const parts =
    reward === ZERO
      ? ''
      : `: ${formatCredits(millicredits(taken - reward))} for the work and ${formatCredits(reward)} for its creator`
  return `It cost ${creditsInWords(taken)}${parts}.`
}
