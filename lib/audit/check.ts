import { freePlan } from '@/lib/catalog'

/** One rule of the ledger as a query: it returns a row (id, detail) for everything that breaks the rule, and none when it holds. */
export type Check = {
  /** Short and stable: what a report and an alert name. */
  rule: string
  /** The rule in words, as it should be. */
  states: string
  /** A SELECT of two text columns, `id` and `detail`. The time of the audit is the one row of `audit (now)`. */
  sql: string
}

/** A string as SQL has it. */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The key of the plan whose periods are fixed, and need not be paid for. */
export const FREE_PLAN = literal(freePlan().key)

/** No app: what the roll-up keeps in place of null, because it is part of a key. */
export const NO_APP = `'00000000-0000-0000-0000-000000000000'::uuid`

/** Movements of one instant follow each other by microseconds, and the clocks of several processes differ a little. */
export const TOLERANCE = `interval '1 second'`
