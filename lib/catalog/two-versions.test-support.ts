import { readFileSync } from 'node:fs'
import type { CatalogDocument } from './document'
import { catalogOf } from './read-document'
import type { Catalog } from './types'

/** The instant at which the second version of `withSecondVersion` takes effect. */
export const CHANGE_AT = '2026-12-01T00:00:00Z'

type Operation = CatalogDocument['operations'][number]

/** The tests' document; every call returns a copy that may be changed. */
export function testDocument(): CatalogDocument {
  return JSON.parse(readFileSync(new URL('../testing/catalog.json', import.meta.url), 'utf8'))
}

/** Changes an operation in the second version; null: it is retired. */
function changed(operation: Operation): Operation | null {
  switch (operation.key) {
    case 'web.extract':
      return { ...operation, shownAs: '9 credits', rates: { pages: { amount: 9, per: 1 } } }
    case 'ai.standard':
      return { ...operation, minimum: 3 }
    case 'speech.tts':
      return null
    default:
      return operation
  }
}

/**
 * A document with other prices: pages cost 9 instead of 8, the minimum of a standard AI request is 3 instead of 2, Web
 * Crawl is new, Text-to-Speech ends, and the premium becomes 12 %.
 */
export function secondDocument(): CatalogDocument {
  const document = testDocument()
  const kept = document.operations.map(changed).filter((operation) => operation !== null)
  const extract = kept.find(({ key }) => key === 'web.extract')
  if (!extract) throw new Error('the tests’ catalogue has web.extract')
  const crawl = { ...extract, key: 'web.crawl', name: 'Web Crawl', rates: { pages: { amount: 5, per: 1 } } }
  return { ...document, premium: 0.12, operations: [...kept, crawl] }
}

/** The tests' catalogue, and from `CHANGE_AT` on the second document, changed by `change`. */
export function withSecondVersion(
  change: (document: CatalogDocument) => CatalogDocument = (document) => document,
): Catalog[] {
  return [catalogOf(testDocument(), 1, null), catalogOf(change(secondDocument()), 2, new Date(CHANGE_AT))]
}

const searches = (key: string): Record<string, string> =>
  key.startsWith('editor.') ? { webSearch: 'ai.web_search' } : {}

/** Like `withSecondVersion`; in addition, editor chat may search the web and AI requests may not. */
export function withOtherFields(): Catalog[] {
  return withSecondVersion((document) => ({
    ...document,
    operations: document.operations.map((operation) => ({
      ...operation,
      surchargedBy: searches(operation.key),
    })),
  }))
}
