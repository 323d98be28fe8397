import { renderToStaticMarkup } from 'react-dom/server'
import { beforeAll, expect, test } from 'vitest'
import { CHANGE_AT, withSecondVersion } from '@/lib/catalog/two-versions.test-support'
import { knowCatalogs } from '@/lib/catalogs/current'
import { PriceChangeNotice } from './price-change'

beforeAll(() => knowCatalogs(withSecondVersion()))

/** The rows as a reader sees them at this instant. */
function rowsAt(instant: string): string[] {
  const html = renderToStaticMarkup(<PriceChangeNotice now={new Date(instant)} />)
  const words = html.replaceAll(/<tr[^>]*>/g, '\n').replaceAll(/<[^>]+>/g, ' ')
  return words.split('\n').map((row) => row.replaceAll(/\s+/g, ' ').trim())
}

test('a coming price change is announced with its date and each old and new price', () => {
  const [head, , ...rows] = rowsAt('2026-11-20T00:00:00Z')
  expect(head).toContain('Prices change on 1 Dec 2026, 00:00 UTC')
  expect(rows).toEqual([
    expect.stringMatching(/^Standard AI Requests .*; at least 2 .*; at least 3$/),
    'Web Content Extraction 8 credits 8 per page 9 credits 9 per page',
    'Web Crawl not offered yet 9 credits 5 per page',
    'Text-to-Speech ~10–80 credits 10 per 1,000 characters; at least 10 no longer offered',
    'Premium in others’ apps 10% 12%',
  ])
})

test('a price change is no longer announced once it has taken effect', () => {
  expect(rowsAt(CHANGE_AT)).toEqual([''])
})
