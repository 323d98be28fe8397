import type { NextRequest } from 'next/server'

/** next-auth's cookies, over http and https, for the URL to return to. */
const COOKIES = ['next-auth.callback-url', '__Secure-next-auth.callback-url']

/** `safeCallbackUrl` decides later whether the URL is allowed; this only checks that it is a URL. */
function isAddress(value: string): boolean {
  if (value === '') return true
  if (value.startsWith('/')) return URL.canParse(value, 'http://product.invalid')
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

/**
 * Replaces next-auth's error page when `callbackUrl` is not a valid URL; null to continue. Deletes an invalid cookie, with
 * which the browser could never sign in again.
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
  return new Response('The address to return to is not valid.', { status: 400, headers })
}
