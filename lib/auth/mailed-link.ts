/** The page a mailed link opens, and the address of next-auth that uses the link up. */
const PAGE_PATH = '/signin/link'
const USE_PATH = '/api/auth/callback/email'

/** The address to send by mail: next-auth's own, which any look at would use up, exchanged for the page with a button. */
export function mailedAddress(nextAuthUrl: string, appUrl: string): string {
  return `${appUrl}${PAGE_PATH}${new URL(nextAuthUrl).search}`
}

/** The person a mailed link is for and the address to post to; null for an address that is no such link. */
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
 * The answer to a request for next-auth's own address of a mailed link that no button of ours sent; null to go on. Opened,
 * it shows the page with the button and changes nothing; another site's form is refused.
 */
export function guardMailedLink(request: Request, isOwn: boolean): Response | null {
  const { pathname, search } = new URL(request.url)
  if (pathname !== USE_PATH) return null
  const headers = { 'cache-control': 'no-store' }
  if (request.method !== 'POST')
    return new Response(null, { status: 303, headers: { ...headers, location: `${PAGE_PATH}${search}` } })
  return isOwn ? null : new Response('Sent from another site', { status: 403, headers })
}
