import { expect, test } from 'vitest'
import { catalogColors } from '@/components/site/catalog-colors'
import { withSecondVersion } from '@/lib/catalog/two-versions.test-support'
import { currentCatalog } from '@/lib/catalogs/current'

const OTHER = { light: '#000001', dark: '#fffff1' }

test('a family has the colours of its newest version, even after it has been retired', () => {
  const versions = withSecondVersion((document) => ({
    ...document,
    families: document.families.map((family) =>
      family.key === 'web' ? { ...family, color: OTHER } : family,
    ),
  }))
  const [first, second] = versions
  if (!first || !second) throw new Error('there are two versions')
  const css = catalogColors(
    [first, { ...second, families: second.families.filter(({ key }) => key === 'web') }],
    first,
  )
  expect(css).toContain('--family-web:light-dark(#000001,#fffff1);')
  expect(css).not.toContain('--family-web:light-dark(#b57f0a')
  expect(css).toContain('--family-speech-strong:light-dark(#42640b,#b9e07a);')
})

test('a family with a dot in its key has a valid variable', () => {
  const catalog = currentCatalog()
  const [family] = catalog.families
  if (!family) throw new Error('the catalogue has families')
  const css = catalogColors([{ ...catalog, families: [{ ...family, key: 'ai.text' }] }], catalog)
  expect(css).toContain('--family-ai\\.text-soft:light-dark(')
})

test('the accent is the brand’s only if the catalogue sets one', () => {
  const catalog = currentCatalog()
  expect(catalogColors([catalog], catalog)).not.toContain('--accent')
  const branded = { brand: { ...catalog.brand, accent: OTHER } }
  expect(catalogColors([catalog], branded)).toContain('--accent:light-dark(#000001,#fffff1)')
})
