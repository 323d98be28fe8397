import { stripeId } from './ids'

/** The action on a subscription after the last failed attempt at a renewal, as selected in Stripe's dashboard. */
export const DUNNING_ENDS = ['cancel', 'unpaid', 'past_due', 'pause'] as const

/**
 * The Stripe account: its identity and the settings its owner chose in the dashboard. It is part of the snapshot; resetting
 * faults does not change it.
 */
export type Account = {
  id: string
  livemode: boolean
  dunning: {
    /** Days between the attempts at a failed renewal. If empty, there is no second attempt. */
    retryDays: number[]
    end: (typeof DUNNING_ENDS)[number]
  }
  /** How long a bank debit takes. Real ones take up to 14 days. */
  bankDebitSeconds: number
  /** The status of a subscription whose first payment is a pending bank debit. */
  firstBankPayment: 'active' | 'incomplete'
  /** The currency of the account's balance; payments in other currencies are converted at `rates`. */
  settlementCurrency: string
  /** The value of one unit of each currency in the settlement currency. A currency without a rate is not converted. */
  rates: Record<string, number>
}

/** A new account in test mode, with Stripe's default settings. */
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
