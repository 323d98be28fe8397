/** The maximum of any count in a usage (docs/api.md, "Usage"). */
export const USAGE_COUNT_MAX = 1_000_000_000

/** The longest usage in seconds, a day. */
export const USAGE_SECONDS_MAX = 86_400

/** Seconds have at most three decimals, so they are counted as whole milliseconds. */
export const SECONDS_SCALE = 1_000

/** A premium rate of 100 %, in hundredths of a percent. */
export const BPS_MAX = 10_000
