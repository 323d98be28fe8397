import { addedTiers, operationsOf } from '@/components/site/tier-words'
import type { PlanChange } from '@/lib/billing'
import { type Catalog, planOf } from '@/lib/catalog'
import { dayInWords, formatMoney, formatWholeCredits } from '@/lib/format'
import type { Millicredits } from '@/lib/millicredits'

type ChangeFacts = {
  change: PlanChange
  /** The remaining credits of the current plan. */
  left: Millicredits
  catalog: Catalog
  now: Date
  asksTax: boolean
}

export type ChangeWords = { title: string; terms: string[]; confirm: string }

/** Describes a change of plan before it is confirmed: what is paid, what comes, what stays and what ends. */
export function changeInWords({ change, left, catalog, now, asksTax }: ChangeFacts): ChangeWords {
  const { when, from, to, at } = change
  const price = formatMoney(to.amount, to.currency)
  const credits = `${formatWholeCredits(to.credits)} credits`
  const tax = asksTax ? ', plus tax where it applies' : ''
  const others = 'Packs, promotional credits and moved rewards stay.'
  const plan = planOf(catalog, to.key)
  if (when === 'now') {
    const opened = addedTiers(catalog, plan).filter((tier) => !from.tiers.includes(tier))
    return {
      title: `Upgrade from ${from.name} to ${to.name}`,
      terms: [
        `You pay ${price} now${tax}, and again each ${to.interval} on this day.`,
        `${credits} come immediately${plan.interval === 'year' ? ', and again each month' : ''}.`,
        ...(opened.length === 0 ? [] : [`It opens the ${operationsOf(catalog, opened)}.`]),
        ...(left > 0
          ? [
              `The ${formatWholeCredits(left)} credits left of ${from.name} are paid for and stay until they would have ended.`,
            ]
          : []),
        others,
      ],
      confirm: `Pay ${price} and upgrade`,
    }
  }
  const day = dayInWords(at, now)
  const closed = from.tiers.filter((tier) => !plan.tiers.includes(tier))
  return {
    title: `Change from ${from.name} to ${to.name}`,
    terms: [
      `You pay nothing now. ${from.name} stays until ${day}, with its credits.`,
      `From then on you pay ${price} a ${to.interval}${tax}, and get ${credits} a month.`,
      ...(closed.length === 0 ? [] : [`The ${operationsOf(catalog, closed)} end with ${from.name}.`]),
      others,
      `Until ${day} you can change your mind on the billing page.`,
    ],
    confirm: `Change on ${day}`,
  }
}
