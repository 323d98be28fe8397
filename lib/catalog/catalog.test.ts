import { expect, test } from 'vitest'
import { CATALOG_DATA as SHIPPED } from './catalog'
import { CATALOG_DATA as TESTED } from './catalog-data'
import { loadCatalog } from './load-catalog'

// The only tests of the shipped catalogue. Every other test reads the one in lib/testing/catalog.json.

const shipped = loadCatalog(SHIPPED)

test('tests do not read the shipped catalogue', () => {
  expect(process.env.TEST_CATALOG).toMatch(/lib\/testing\/catalog\.json$/)
  expect(TESTED).not.toBe(SHIPPED)
})

test('the shipped catalogue describes every operation in one sentence and two or three examples', () => {
  for (const { description, examples, key } of shipped.priceVersions.flatMap(
    ({ operations }) => operations,
  )) {
    expect(description, key).toMatch(/^[^.]+\.$/)
    expect([2, 3], key).toContain(examples.length)
  }
})

test('the newest shipped prices cover every operation of the sample apps and the editor', () => {
  const offered = shipped.priceVersions.at(-1)?.operations.map(({ key }) => key)
  const used = TESTED.priceVersions.flatMap(({ operations }) => operations.map(({ key }) => key))
  expect(offered).toEqual(expect.arrayContaining(used))
})
