import { freePlan } from '@/lib/catalog'

/** One rule of the ledger as a query that returns a row (id, detail) for every violation. */
export type Check = {
  /** A short, stable name for reports and alerts. */
  rule: string
  /** The rule in words. */
  states: string
  /** A SELECT of two text columns, `id` and `detail`. The time of the audit is in the single row of `audit (now)`. */
  sql: string
}

/** Quotes a string as an SQL literal. */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The key of the plan with fixed, unpaid periods. */
export const FREE_PLAN = literal(freePlan().key)

/** The roll-up's value for no app, because a primary key cannot contain null. */
export const NO_APP = `'00000000-0000-0000-0000-000000000000'::uuid`

/** Movements at the same time are microseconds apart, and the clocks of several processes differ slightly. */
export const TOLERANCE = `interval '1 second'`
