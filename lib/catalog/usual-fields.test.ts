import { expect, it } from 'vitest'
import { differencesOf } from './differences'
import { testDocument } from './two-versions.test-support'
import { usualFields, withUsual } from './usual-fields'

it('setting the usual fields to their own values leaves a document unchanged', () => {
  const values = new Map(usualFields(testDocument()).map(({ place, value }) => [place, value]))
  expect(values.size).toBeGreaterThan(20)
  expect(withUsual(testDocument(), values)).toEqual(testDocument())
})

it.each(usualFields(testDocument()))('$group, $label: changes exactly $place', ({ place, value }) => {
  const changed = withUsual(testDocument(), new Map([[place, value + 1]]))
  expect(differencesOf(testDocument(), changed)).toMatchObject([{ before: value, after: value + 1 }])
})

it('a place that the usual fields do not include is ignored', () => {
  expect(withUsual(testDocument(), new Map([['terms.refundPromoDays', 1]]))).toEqual(testDocument())
})
