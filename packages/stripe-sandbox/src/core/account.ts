import { stripeId } from './ids'

/** What Stripe does once the last attempt at a renewal has failed: the choices of its dashboard. */
export const DUNNING_ENDS = ['cancel', 'unpaid', 'past_due', 'pause'] as const

/**
 * The account at Stripe: who it is, and what its owner chose in the dashboard. Kept in the snapshot; unlike faults, a reset of
 * faults leaves it alone.
 */
export type Account = {
  id: string
  livemode: boolean
  dunning: {
    /** Days between the attempts at a failed renewal. Empty: the first failure is the last. */
    retryDays: number[]
    end: (typeof DUNNING_ENDS)[number]
  }
  /** How long a bank debit is on its way. Real ones take up to 14 days. */
  bankDebitSeconds: number
  /** The status of a subscription whose first payment is a bank debit on its way. */
  firstBankPayment: 'active' | 'incomplete'
  /** The currency of the balance; payments in others are converted at `rates`. */
  settlementCurrency: string
  /** How much of the settlement currency one unit of another one is worth. Unlisted ones settle in themselves. */
  rates: Record<string, number>
}

/** A new account in test mode, with the settings Stripe begins with. */
export function newAccount(bankDebitSeconds: number): Account {
  return {
    id: stripeId('acct', 16),
    livemode: false,
    dunning: { retryDays: [3, 5, 7], end: 'cancel' },
    bankDebitSeconds,
    firstBankPayment: 'active',
    settlementCurrency: 'usd',
    rates: { eur: 1.1, gbp: 1.25, jpy: 0.0066, kwd: 3.25 },
  }
}
