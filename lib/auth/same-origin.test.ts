import { expect, test } from 'vitest'
import { isSameOrigin } from './same-origin'

const APP_URL = 'http://127.0.0.1:3000'

test.each<[string, Record<string, string>, boolean]>([
  ['Sec-Fetch-Site is same-origin', { 'sec-fetch-site': 'same-origin' }, true],
  ['Sec-Fetch-Site is cross-site', { 'sec-fetch-site': 'cross-site', origin: APP_URL }, false],
  ['Sec-Fetch-Site is same-site', { 'sec-fetch-site': 'same-site' }, false],
  ["the Origin is the product's", { origin: APP_URL }, true],
  [
    'the Origin is another name for the same host',
    { origin: 'http://localhost:3000', host: 'localhost:3000' },
    true,
  ],
  ['the Origin is another site', { origin: 'https://elsewhere.example', host: '127.0.0.1:3000' }, false],
  ['the Origin is null', { origin: 'null', host: 'null' }, false],
  ['neither header is sent', {}, false],
])('isSameOrigin accepts only the product’s own pages: %s', (_, headers, expected) => {
  expect(isSameOrigin(new Headers(headers), APP_URL)).toBe(expected)
})
