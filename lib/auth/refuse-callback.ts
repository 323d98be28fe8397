import type { NextRequest } from 'next/server'

/** next-auth's names, over http and https; it remembers there where people want to go. */
const COOKIES = ['next-auth.callback-url', '__Secure-next-auth.callback-url']

/** Where people may be taken is decided later (`safeCallbackUrl`); this only asks whether it is an address at all. */
function isAddress(value: string): boolean {
  if (value === '') return true
  if (value.startsWith('/')) return URL.canParse(value, 'http://product.invalid')
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

/**
 * The answer to give when the address to go on to is none, for which next-auth has nothing but a failure of its own; null to
 * go on. A cookie that holds such a thing goes, or its browser could never sign in again.
 */
export function refuseCallback({ nextUrl, cookies }: NextRequest): Response | null {
  const kept = COOKIES.map((name) => cookies.get(name)?.value ?? '')
  if ([...nextUrl.searchParams.getAll('callbackUrl'), ...kept].every(isAddress)) return null
  const headers = new Headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  for (const name of COOKIES)
    headers.append(
      'set-cookie',
      `${name}=; Path=/; Max-Age=0${name.startsWith('__Secure-') ? '; Secure' : ''}`,
    )
  return new Response('The address to go on to is none.', { status: 400, headers })
}
