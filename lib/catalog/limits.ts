/** The maximum of any count in a usage (docs/api.md, "Usage"). */
export const USAGE_COUNT_MAX = 1_000_000_000

/** Quantities have at most this many decimals. */
export const DECIMALS_MAX = 3

/** A premium rate of 100 %, in hundredths of a percent. */
export const BPS_MAX = 10_000

export const DOCUMENT_BYTES_MAX = 256 * 1024

/** The longest trial that Stripe allows. */
export const TRIAL_DAYS_MAX = 730
