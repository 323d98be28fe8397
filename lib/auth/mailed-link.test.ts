import { expect, test } from 'vitest'
import { guardMailedLink, mailedAddress, mailedLink } from './mailed-link'

const APP_URL = 'https://credits.example'
const NEXT_AUTH_URL = `${APP_URL}/api/auth/callback/email?callbackUrl=%2Fsettings%2Fusage&token=t0&email=a%2Bb%40c.example`

test('the e-mail links to a page whose button leads to next-auth with all parameters', () => {
  const mailed = new URL(mailedAddress(NEXT_AUTH_URL, APP_URL))
  expect(mailed.pathname).toBe('/signin/link')
  const link = mailedLink(Object.fromEntries(mailed.searchParams))
  expect(link?.email).toBe('a+b@c.example')
  const used = new URL(link?.action ?? '', APP_URL)
  expect(used.pathname).toBe('/api/auth/callback/email')
  expect(Object.fromEntries(used.searchParams)).toEqual(
    Object.fromEntries(new URL(NEXT_AUTH_URL).searchParams),
  )
})

test.each([
  ['no token', { email: 'a@b.example' }],
  ['no e-mail', { token: 't' }],
  ['two tokens', { token: ['t', 'u'], email: 'a@b.example' }],
])('a URL with %s is not a sign-in link', (_what, query) => {
  expect(mailedLink(query)).toBeNull()
})

test.each(['GET', 'HEAD'])('%s of a mailed link’s next-auth URL redirects to the link’s page', (method) => {
  const answer = guardMailedLink(new Request(NEXT_AUTH_URL, { method }), false)
  expect(answer?.status).toBe(303)
  expect(answer?.headers.get('location')).toBe(`/signin/link${new URL(NEXT_AUTH_URL).search}`)
})

test('only the product’s own form can use up a mailed link, and other ways to sign in are unaffected', () => {
  const post = (address: string) => new Request(address, { method: 'POST' })
  expect(guardMailedLink(post(NEXT_AUTH_URL), false)?.status).toBe(403)
  expect(guardMailedLink(post(NEXT_AUTH_URL), true)).toBeNull()
  expect(guardMailedLink(new Request(`${APP_URL}/api/auth/callback/github?code=c`), false)).toBeNull()
})
