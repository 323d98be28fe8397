import { catalogVersions, freePlanKey } from '@/lib/catalogs/current'

/** One ledger rule as a query that returns a row (id, detail) for every violation. */
export type Check = {
  /** A short, stable name for reports and alerts. */
  rule: string
  /** The rule in words. */
  states: string
  /**
   * A SELECT of two text columns, `id` and `detail`; a function if it depends on the catalogue. The time of the audit is the
   * one row of `audit (now)`.
   */
  sql: string | (() => string)
}

export const sqlOf = (sql: Check['sql']) => (typeof sql === 'string' ? sql : sql())

/** A string as an SQL literal. */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The key of the plan with fixed, unpaid periods. */
export const freePlanSql = () => literal(freePlanKey())

/** The largest value that the term has in any catalogue version. */
export const longest = (term: 'lateCaptureSecondsMax' | 'renewalGraceHoursMax') =>
  Math.max(...catalogVersions().map(({ terms }) => terms[term]))

/** The roll-up's value for no app, because a primary key cannot contain null. */
export const NO_APP = `'00000000-0000-0000-0000-000000000000'::uuid`

/** Movements at the same time are microseconds apart, and the clocks of several processes differ slightly. */
export const TOLERANCE = `interval '1 second'`
