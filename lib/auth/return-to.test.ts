import { expect, test } from 'vitest'
import { HOME_PATH, safeCallbackUrl, safeReturnTo } from './return-to'

test.each([
  '/',
  '/settings/usage',
  '/settings/usage?operation=ai.standard&from=2026-11-01#row',
  '/guide?next=https://elsewhere.example',
])('%s is a valid path to return to', (path) => {
  expect(safeReturnTo(path)).toBe(path)
})

test.each([
  ['another site', 'https://elsewhere.example/'],
  ['another site without its scheme', '//elsewhere.example'],
  ['a backslash, which browsers treat as a slash', '/\\elsewhere.example'],
  ['a tab, which browsers drop', '/\t/elsewhere.example'],
  ['dots that resolve to two slashes', '/.//elsewhere.example'],
  ['a script', 'javascript:alert(1)'],
  ['a relative path', 'settings'],
  ['the sign-in page', '/signin?returnTo=/signin'],
  ['the API', '/api/auth/signout'],
  ['nothing', undefined],
  ['several values', ['/settings/usage']],
])('returning to %s leads to the dashboard instead', (_, value) => {
  expect(safeReturnTo(value)).toBe(HOME_PATH)
})

test("a full return URL is accepted only on the product's own origin", () => {
  const appUrl = 'https://credits.example'
  expect(safeCallbackUrl('https://credits.example/settings/usage', appUrl)).toBe('/settings/usage')
  expect(safeCallbackUrl('/settings/usage', appUrl)).toBe('/settings/usage')
  expect(safeCallbackUrl('https://credits.example.evil.test/settings/usage', appUrl)).toBe(HOME_PATH)
  expect(safeCallbackUrl('https://credits.example//evil.test', appUrl)).toBe(HOME_PATH)
})
