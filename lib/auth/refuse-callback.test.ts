import { NextRequest } from 'next/server'
import { expect, test } from 'vitest'
import { refuseCallback } from './refuse-callback'

function ask(query: string, cookie = ''): Response | null {
  return refuseCallback(
    new NextRequest(`http://127.0.0.1:3000/api/auth/session${query}`, { headers: { cookie } }),
  )
}

test.each(['', '?callbackUrl=', '?callbackUrl=%2Fpricing', '?callbackUrl=https%3A%2F%2Felsewhere.example'])(
  'a callback request with %s is let through',
  (query) => {
    expect(ask(query)).toBeNull()
  },
)

test.each([
  '?callbackUrl=-1',
  '?callbackUrl=%FF',
  '?callbackUrl=javascript:alert(1)',
  '?callbackUrl=/&callbackUrl=x',
])('a callback request with %s is answered with 400', (query) => {
  expect(ask(query)?.status).toBe(400)
})

test('a callback cookie that is not a URL is answered with 400 and deleted', () => {
  for (const name of ['next-auth.callback-url', '__Secure-next-auth.callback-url']) {
    const refused = ask('', `${name}=nowhere`)
    expect(refused?.status).toBe(400)
    expect(refused?.headers.getSetCookie().filter((cookie) => cookie.startsWith(`${name}=;`))).toHaveLength(1)
  }
  expect(ask('', 'next-auth.callback-url=http%3A%2F%2F127.0.0.1%3A3000%2Fguide')).toBeNull()
})
