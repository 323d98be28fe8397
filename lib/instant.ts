/**
 * Microseconds since 1970 (UTC), the resolution of PostgreSQL's timestamptz, which a Date cannot hold. Movements of an
 * account are ordered by such instants, so they are kept exact. A safe integer until the year 2255.
 */
export type Micros = number & { readonly __unit: 'microseconds' }

export function micros(date: Date): Micros {
  return (date.getTime() * 1_000) as Micros
}

export function laterOf(left: Micros, right: Micros): Micros {
  return left > right ? left : right
}

/** RFC 3339 in UTC with six decimals, exact; PostgreSQL parses it to the same instant. */
export function isoFromMicros(instant: Micros): string {
  const milliseconds = Math.floor(instant / 1_000)
  const rest = instant - milliseconds * 1_000
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`
}

export function dateFromMicros(instant: Micros): Date {
  return new Date(Math.floor(instant / 1_000))
}

/** The UTC day of an instant, as YYYY-MM-DD. */
export function utcDay(date: Date): string {
  return date.toISOString().slice(0, 10)
}
