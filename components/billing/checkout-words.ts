import { planName, refusedTrial } from '@/components/billing/plan-words'
import { addedOperations } from '@/components/site/tier-words'
import type { Checkout } from '@/lib/billing'
import { currentCatalog, packEver, planEver } from '@/lib/catalogs/current'
import type { Balance } from '@/lib/credits/verbs/get-balance'
import { dayInWords, formatCount, formatMoney, formatWholeCredits } from '@/lib/format'

export type CheckoutWords = {
  title: string
  text: string
  /** `done`: bought. `wait`: the payment is in progress. `again`: nothing was bought. */
  next: 'done' | 'wait' | 'again'
}

/** Describes the result of a checkout to the buyer. */
export function checkoutInWords(
  checkout: Pick<Checkout, 'kind' | 'key' | 'credits' | 'quantity' | 'status' | 'trial'>,
  { allowance }: Pick<Balance, 'allowance'>,
): CheckoutWords {
  const what = nameOf(checkout)
  const { trial } = checkout
  if (trial === 'refused')
    return { title: 'The trial did not begin.', text: refusedTrial(what), next: 'again' }
  if (trial !== null && checkout.status === 'paid')
    return { title: `You are trying ${what}.`, text: trialText(checkout, trial), next: 'done' }
  switch (checkout.status) {
    case 'paid':
      return checkout.kind === 'plan'
        ? { title: `You have ${what}.`, text: planText(checkout, allowance.resetsAt), next: 'done' }
        : {
            title: `${formatWholeCredits(checkout.credits)} credits added.`,
            text: `${what}, paid. They are spent after your monthly credits.`,
            next: 'done',
          }
    case 'processing':
      return {
        title: 'Your payment is on its way.',
        text: `Your bank needs a few days. ${what} ${checkout.kind === 'plan' ? 'starts' : 'is added'} automatically when the money arrives; you do not need to return to this page.`,
        next: 'wait',
      }
    case 'checking':
      return {
        title: 'Paid, being checked.',
        text: `Your payment for ${what} arrived, but it does not match our price. We are checking it now: you will get what you paid for or your money back, and you do not need to return to this page.`,
        next: 'wait',
      }
    case 'open':
      return {
        title: 'This checkout is not finished.',
        text: `Nothing was paid, so ${what} was not bought.`,
        next: 'again',
      }
    case 'failed':
      return {
        title: 'Nothing was bought.',
        text: `The payment for ${what} failed or was returned to you.`,
        next: 'again',
      }
    case 'expired':
      return {
        title: 'This checkout has expired.',
        text: `Nothing was paid, so ${what} was not bought.`,
        next: 'again',
      }
    default:
      return checkout.status satisfies never
  }
}

function nameOf({ kind, key, quantity }: Pick<Checkout, 'kind' | 'key' | 'quantity'>): string {
  if (kind === 'plan') return planName(key)
  const name = packEver(key)?.name ?? 'Credit pack'
  return quantity === 1 ? name : `${formatCount(quantity)} × ${name}`
}

type RunningTrial = Exclude<Checkout['trial'], 'refused' | null>

function trialText({ key, credits }: Pick<Checkout, 'key' | 'credits'>, trial: RunningTrial): string {
  const plan = planEver(key)
  const operations = plan ? addedOperations(currentCatalog(), plan) : null
  const opened = operations === null ? '' : `, and the ${operations}`
  const price = `${formatMoney(trial.price.amount, trial.price.currency)} a ${plan?.interval ?? 'month'}`
  const monthly = `${formatWholeCredits(credits)} credits ${plan?.interval === 'year' ? 'each month' : 'a month'}`
  return `${formatWholeCredits(trial.credits)} credits until ${dayInWords(trial.endsAt)}${opened}. Then ${price} for ${monthly}; if you cancel before, you pay nothing. The credits you had stayed as they were.`
}

function planText({ key, credits }: Pick<Checkout, 'key' | 'credits'>, resetsAt: Date | null): string {
  const plan = planEver(key)
  const operations = plan ? addedOperations(currentCatalog(), plan) : null
  const isYearly = plan?.interval === 'year'
  const opened = operations === null ? '' : `, and the ${operations}`
  const brought = `${formatWholeCredits(credits)} credits ${isYearly ? 'each month, for a year' : 'for this month'}${opened}.`
  const day = resetsAt === null ? null : dayInWords(resetsAt)
  const renewal = day === null ? '' : isYearly ? ` New ones come on ${day}.` : ` It renews on ${day}.`
  return `${brought}${renewal} Packs and other credits stayed as they were.`
}
