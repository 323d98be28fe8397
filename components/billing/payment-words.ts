import { planName } from '@/components/billing/plan-words'
import type { BillingState } from '@/lib/billing'
import { dayInWords } from '@/lib/format'

export type PaymentWords = {
  tone: 'accent' | 'warn' | 'bad'
  title: string
  text: string
  /** Stripe's page of the invoice to pay; null if there is nothing to pay. */
  payUrl: string | null
}

/** Describes a late, failed or unverified payment for the plan and what to do about it; null if there is none. */
export function paymentInWords(state: BillingState): PaymentWords | null {
  const { checked, isProcessing, paymentProblem, pending } = state
  const name = planName(state.subscribed ?? state.plan)
  const current = planName(state.plan)
  if (checked === 'payment')
    return {
      tone: 'warn',
      title: 'Paid, being checked.',
      text: `Your payment for ${name} arrived, but it does not match our price. We are checking it now: you will get what you paid for or your money back.`,
      payUrl: null,
    }
  if (checked === 'subscription')
    return {
      tone: 'warn',
      title: `${name} is being checked.`,
      text: `Our payment provider cannot find your subscription right now. You keep ${name} while we check this, and you can still buy packs.`,
      payUrl: null,
    }
  if (isProcessing)
    return {
      tone: 'accent',
      title: `Your payment for ${name} is on its way.`,
      text: `Banks take a few days. ${name} starts when the money has arrived; until then you are on ${current}.`,
      payUrl: null,
    }
  if (pending !== null) {
    const upgrade = planName(pending.plan)
    return pending.url === null
      ? {
          tone: 'accent',
          title: `Your payment for ${upgrade} is on its way.`,
          text: `Banks take a few days. ${upgrade} starts when the money has arrived; until then you keep ${current}.`,
          payUrl: null,
        }
      : {
          tone: 'warn',
          title: `Your upgrade to ${upgrade} has not been paid.`,
          text: `It takes effect if its invoice is paid within a day. Until then you keep ${current}, and nothing else was charged.`,
          payUrl: pending.url,
        }
  }
  if (paymentProblem === null) return null
  const { nextAttemptAt, invoiceUrl: payUrl } = paymentProblem
  switch (state.status) {
    case 'incomplete':
      return {
        tone: 'warn',
        title: `Your payment for ${name} is not finished.`,
        text: `${name} starts once it is. Your bank may ask you to confirm it, or to use another card.`,
        payUrl,
      }
    case 'invoiced':
      return {
        tone: 'warn',
        title: `Your invoice for ${name} is waiting to be paid.`,
        text: `You keep ${name} meanwhile; new credits come when it is paid. Packs and other credits can be spent.`,
        payUrl,
      }
    case 'unpaid': {
      // The invoice of an unpaid month can be paid until the month is over.
      const way = payUrl === null ? 'Buy it' : 'Pay the open invoice to get it back immediately, or buy it'
      return {
        tone: 'bad',
        title: `${name} stopped: its payment failed.`,
        text: `${way} again below. Until then you are on ${current}.`,
        payUrl,
      }
    }
    default:
      return {
        tone: 'bad',
        title: `The payment for ${name} failed.`,
        text: `${attemptInWords(nextAttemptAt)} You keep ${name} meanwhile, but no new credits arrive until it is paid. Packs and other credits can be spent.`,
        payUrl,
      }
  }
}

function attemptInWords(at: Date | null): string {
  return at === null ? 'Stripe will not try again automatically.' : `Stripe tries again on ${dayInWords(at)}.`
}
