import { expect, it } from 'vitest'
import { differencesOf } from './differences'
import { testDocument } from './two-versions.test-support'

it('finds no difference between a document and itself, whatever the order of its items', () => {
  const moved = testDocument()
  moved.operations.reverse()
  expect(differencesOf(testDocument(), moved)).toEqual([])
})

it('names each difference by the keys of its items, and names new and removed items as a whole', () => {
  const after = testDocument()
  const [first, second] = after.packs
  if (!first || !second) throw new Error('the tests’ catalogue has packs')
  after.packs = [{ ...first, prices: { usd: 700 } }, ...after.packs.slice(2), { ...second, key: 'huge' }]
  after.premium = 0.2
  expect(differencesOf(testDocument(), after)).toEqual([
    { place: `packs[${first.key}].prices.usd`, before: first.prices.usd, after: 700 },
    { place: 'packs[huge]', before: undefined, after: { ...second, key: 'huge' } },
    { place: `packs[${second.key}]`, before: second, after: undefined },
    { place: 'premium', before: testDocument().premium, after: 0.2 },
  ])
})
