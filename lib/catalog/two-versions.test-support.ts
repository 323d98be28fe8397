import type { CATALOG_DATA } from './catalog-data'
import type { CatalogData, OperationOf, PriceVersionOf } from './types'

/** The instant at which the second version of `withSecondVersion` takes effect. */
export const CHANGE_AT = '2026-12-01T00:00:00Z'

/** Changes an operation in the second version; null retires it. */
function changed(operation: OperationOf<number>): OperationOf<number> | null {
  switch (operation.key) {
    case 'web.extract':
      return { ...operation, shownAs: '9 credits', rates: { pages: { amount: 9_000, per: 1 } } }
    case 'ai.standard':
      return { ...operation, minimum: 3_000 }
    case 'speech.tts':
      return null
    default:
      return operation
  }
}

function secondVersion(first: PriceVersionOf<number>): PriceVersionOf<number> {
  const kept = first.operations.map(changed).filter((operation) => operation !== null)
  const extract = kept.find(({ key }) => key === 'web.extract')
  if (!extract) throw new Error('the default catalogue has web.extract')
  const crawl = {
    ...extract,
    key: 'web.crawl',
    name: 'Web Crawl',
    rates: { pages: { amount: 5_000, per: 1 } },
  }
  return { version: 2, effectiveFrom: CHANGE_AT, creatorPremiumBps: 1_200, operations: [...kept, crawl] }
}

/**
 * The default catalogue with a price change: pages cost 9 instead of 8, the minimum of a standard AI request is 3 instead
 * of 2, Web Crawl is new, Text-to-Speech is retired, and the premium becomes 12 %. For
 * `vi.mock('@/lib/catalog/catalog-data', …)`.
 */
export function withSecondVersion(module: { CATALOG_DATA: typeof CATALOG_DATA }): {
  CATALOG_DATA: CatalogData
} {
  const [first] = module.CATALOG_DATA.priceVersions
  if (!first) throw new Error('the default catalogue has a version')
  return { CATALOG_DATA: { ...module.CATALOG_DATA, priceVersions: [first, secondVersion(first)] } }
}

/** Like `withSecondVersion`; in addition, editor chat may search the web and AI requests may not. */
export function withOtherFields(module: { CATALOG_DATA: typeof CATALOG_DATA }): {
  CATALOG_DATA: CatalogData
} {
  const { CATALOG_DATA } = withSecondVersion(module)
  const priceVersions = CATALOG_DATA.priceVersions.map((version) =>
    version.version === 1 ? version : { ...version, operations: version.operations.map(searchMoved) },
  )
  return { CATALOG_DATA: { ...CATALOG_DATA, priceVersions } }
}

function searchMoved(operation: OperationOf<number>): OperationOf<number> {
  if (operation.key.startsWith('editor.'))
    return { ...operation, surchargedBy: { webSearch: 'ai.web_search' } }
  return { ...operation, surchargedBy: {} }
}
