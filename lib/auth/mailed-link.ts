/** The page that a mailed link opens, and next-auth's URL that uses up the link. */
const PAGE_PATH = '/signin/link'
const USE_PATH = '/api/auth/callback/email'

/** The URL in the e-mail: a page with a button, because any GET of next-auth's own URL would use up the link. */
export function mailedAddress(nextAuthUrl: string, appUrl: string): string {
  return `${appUrl}${PAGE_PATH}${new URL(nextAuthUrl).search}`
}

/** The person and the target of the form for a mailed link; null for any other URL. */
export function mailedLink(
  query: Record<string, string | string[] | undefined>,
): { email: string; action: string } | null {
  const { token, email, callbackUrl } = query
  if (typeof token !== 'string' || typeof email !== 'string' || token === '' || email === '') return null
  const kept = new URLSearchParams({ token, email })
  if (typeof callbackUrl === 'string') kept.set('callbackUrl', callbackUrl)
  return { email, action: `${USE_PATH}?${kept}` }
}

/**
 * Guards the URL at which next-auth accepts a mailed link. Returns the response to a request that does not come from
 * the button of our page: a GET gets that page and changes nothing, and a form from another site is refused. Returns
 * null to let it continue.
 */
export function guardMailedLink(request: Request, isOwn: boolean): Response | null {
  const { pathname, search } = new URL(request.url)
  if (pathname !== USE_PATH) return null
  const headers = { 'cache-control': 'no-store' }
  if (request.method !== 'POST')
    return new Response(null, { status: 303, headers: { ...headers, location: `${PAGE_PATH}${search}` } })
  return isOwn ? null : new Response('Sent from another site', { status: 403, headers })
}
