/**
 * PostgreSQL array literals, written and read here because the driver's own way costs more than the database's work on
 * a batch: it escapes and parses every element with patterns. Each literal is written in one pass over the inputs.
 * `null` stays SQL's null.
 */

type Plain = string | number | boolean | null

/** For elements that never need quotes: uuids, numbers, booleans, timestamps. */
export function plainArray<Input>(inputs: Input[], pick: (input: Input, index: number) => Plain): string {
  let literal = '{'
  for (const [index, input] of inputs.entries()) {
    if (index > 0) literal += ','
    literal += pick(input, index) ?? 'NULL'
  }
  return `${literal}}`
}

const SPECIAL = /["\\]/
const EVERY_SPECIAL = /["\\]/g

function quoted(text: string): string {
  return `"${SPECIAL.test(text) ? text.replace(EVERY_SPECIAL, '\\$&') : text}"`
}

/** For any text, JSON included. */
export function textArray<Input>(inputs: Input[], pick: (input: Input) => string | null): string {
  return plainArray(inputs, (input) => {
    const text = pick(input)
    return text === null ? null : quoted(text)
  })
}

export function jsonArray<Input>(inputs: Input[], pick: (input: Input) => object | null): string {
  return textArray(inputs, (input) => {
    const value = pick(input)
    return value === null ? null : JSON.stringify(value)
  })
}

/** The elements of a literal whose elements never need quotes. */
export function parsePlainArray(literal: string): string[] {
  const inner = literal.slice(1, -1)
  return inner === '' ? [] : inner.split(',')
}
