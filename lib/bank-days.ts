/** The longest time that a bank takes to answer a debit, in days, according to Stripe. */
export const BANK_DAYS_MAX = 14
