/** A value that differs between two documents; undefined on the side that lacks it. */
export type Difference = { place: string; before: unknown; after: unknown }

/**
 * The differences between two documents, in the order of the second. Items of a list are found by their key, so that a
 * moved one is no difference: `operations[web.extract].rates.pages.amount`.
 */
export function differencesOf(before: unknown, after: unknown, place = ''): Difference[] {
  const [left, right] = [partsOf(before), partsOf(after)]
  if (left === null || right === null)
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ place, before, after }]
  return [...new Set([...right.keys(), ...left.keys()])].flatMap((key) =>
    differencesOf(left.get(key), right.get(key), `${place}${place === '' ? key.slice(1) : key}`),
  )
}

/** The parts of an object or of a list of items with keys, by their place in it; null for any other value. */
function partsOf(value: unknown): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null
  if (!Array.isArray(value))
    return new Map(Object.entries(value).map(([key, part]) => [`.${key}`, part] as const))
  const keys = value.map((item: unknown) => keyOf(item))
  if (keys.length === 0 || keys.includes(null)) return null
  return new Map(value.map((item: unknown, index) => [`[${keys[index]}]`, item] as const))
}

function keyOf(item: unknown): string | null {
  return typeof item === 'object' && item !== null && 'key' in item ? String(item.key) : null
}
