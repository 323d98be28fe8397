import { expect, test } from 'vitest'
import { isSameOrigin } from './same-origin'

const APP_URL = 'http://127.0.0.1:3000'

test.each<[string, Record<string, string>, boolean]>([
  ['the browser says that the page is ours', { 'sec-fetch-site': 'same-origin' }, true],
  ['it comes from another site', { 'sec-fetch-site': 'cross-site', origin: APP_URL }, false],
  ['it comes from a sibling subdomain', { 'sec-fetch-site': 'same-site' }, false],
  ["the origin is the product's", { origin: APP_URL }, true],
  [
    'the origin is another name of the same address',
    { origin: 'http://localhost:3000', host: 'localhost:3000' },
    true,
  ],
  ['the origin is another one', { origin: 'https://elsewhere.example', host: '127.0.0.1:3000' }, false],
  ['the origin is hidden', { origin: 'null', host: 'null' }, false],
  ['nothing is said', {}, false],
])('when %s', (_, headers, expected) => {
  expect(isSameOrigin(new Headers(headers), APP_URL)).toBe(expected)
})
