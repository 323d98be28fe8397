import { expect, test } from 'vitest'
import { exampleUse } from '@/components/site/example-use'
import { currentCatalog } from '@/lib/catalogs/current'

test('an example is described and priced with the premium', () => {
  const example = exampleUse(currentCatalog(), {
    operation: 'image.standard',
    usage: { images: 2, inputTokens: 1_400 },
  })
  expect(example?.words).toBe('2 images and 1,400 input tokens')
  expect(example?.price).toMatchObject({ base: 100_200, premium: 10_020 })
})

test.each([
  ['an operation', { operation: 'gone', usage: { pages: 5 } }],
  ['a usage field', { operation: 'web.extract', usage: { gone: 5 } }],
])('if the catalogue lacks %s, the example is an everyday use', (_, preferred) => {
  const example = exampleUse(currentCatalog(), preferred)
  expect(example?.operation.key).toBe('ai.standard')
  expect(example?.words).toBe('1,500 input tokens and 500 output tokens')
})

test('a catalogue without operations for apps has no example', () => {
  const catalog = currentCatalog()
  const operations = catalog.operations.filter(({ key }) => key.startsWith('editor.'))
  expect(exampleUse({ ...catalog, operations }, { operation: 'web.extract', usage: { pages: 5 } })).toBeNull()
})
