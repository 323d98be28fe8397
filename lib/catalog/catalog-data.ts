import { readFileSync } from 'node:fs'
import { CATALOG_DATA as SHIPPED } from './catalog'
import type { CatalogData } from './types'

/** The tests' own catalogue, so that a price change breaks no test; `lib/env.ts` refuses it in production. */
function testCatalog(): CatalogData | null {
  const file = process.env.TEST_CATALOG
  return file ? JSON.parse(readFileSync(file, 'utf8')) : null
}

/** The unchecked catalogue of this process: the shipped one, or the file named by `TEST_CATALOG`. */
export const CATALOG_DATA: CatalogData = testCatalog() ?? SHIPPED
