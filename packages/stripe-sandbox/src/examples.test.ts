import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { everyObject, isJson, type Json, resourceOf } from './every-object.test-support'

/** Stripe's published examples, one object per resource. */
const EXAMPLES: Record<string, Json> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/stripe-examples.json'), 'utf8'),
)

/** Objects whose keys are data, not field names. */
const FREE_KEYS = new Set(['metadata', 'previous_attributes'])

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value
}

/**
 * Lists the paths at which a value and its example have different JSON types. A reference can be an id or an object,
 * and null matches every type.
 */
function differences(ours: unknown, theirs: unknown, path: string): string[] {
  if (ours === null || theirs === null || ours === undefined || theirs === undefined) return []
  if (typeOf(ours) !== typeOf(theirs)) {
    const isReference =
      [ours, theirs].some((value) => typeof value === 'string') && (isObject(ours) || isObject(theirs))
    return isReference ? [] : [`${path}: ${typeOf(ours)}, in the example ${typeOf(theirs)}`]
  }
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    return ours.flatMap((item) => differences(item, theirs[0], `${path}[]`))
  }
  if (!isJson(ours) || !isJson(theirs)) return []
  return Object.keys(ours).flatMap((key) =>
    FREE_KEYS.has(key) ? [] : differences(ours[key], theirs[key], `${path}.${key}`),
  )
}

const isObject = (value: unknown) => resourceOf(value) !== null

const objects = await everyObject()

describe('comparison with Stripe’s published examples', () => {
  it.each(Object.keys(EXAMPLES))('finds the same JSON types in the fields of %s', (resource) => {
    const mine = objects.filter((object) => resourceOf(object) === resource)
    expect(mine).not.toEqual([])
    const found = new Set(mine.flatMap((object) => differences(object, EXAMPLES[resource], resource)))
    expect([...found]).toEqual([])
  })

  it('detects a field of another type', () => {
    const example = { id: 'in_1', total: 1, lines: { data: [{ amount: 1 }] }, customer: 'cus_1' }
    const ours = {
      id: 'in_1',
      total: '1',
      lines: { data: [{ amount: 1 }, { amount: null }, { amount: true }] },
    }
    expect(differences(ours, example, 'invoice')).toEqual([
      'invoice.total: string, in the example number',
      'invoice.lines.data[].amount: boolean, in the example number',
    ])
    const expanded = { ...example, customer: { id: 'cus_1', object: 'customer' } }
    expect(differences(expanded, example, 'invoice')).toEqual([])
  })
})
