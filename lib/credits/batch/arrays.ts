/**
 * PostgreSQL array literals, written and read here because the driver's own way costs more than the database's work on
 * a batch: it escapes and parses every element with patterns. `null` stays SQL's null.
 */

/** For elements that never need quotes: uuids, numbers, booleans, timestamps. */
export function plainArray(values: (string | number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`
}

const SPECIAL = /["\\]/g

/** For any text, JSON included. */
export function textArray(values: (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : `"${value.replace(SPECIAL, '\\$&')}"`)).join(',')}}`
}

export function jsonArray(values: unknown[]): string {
  return textArray(values.map((value) => (value === null ? null : JSON.stringify(value))))
}

/** The elements of a literal whose elements never need quotes. */
export function parsePlainArray(literal: string): string[] {
  const inner = literal.slice(1, -1)
  return inner === '' ? [] : inner.split(',')
}
