/**
 * Whether a browser sent this request from a page of the product itself. Browsers set `Sec-Fetch-Site` and `Origin`, and
 * no page's code can change them; a request with neither is refused, since every current browser sends one with a POST.
 */
export function isSameOrigin(headers: Headers, appUrl: string): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  const origin = headers.get('origin')
  if (origin === null) return false
  if (origin === new URL(appUrl).origin) return true
  // In the demo people may open another name of the same machine (localhost for 127.0.0.1).
  return URL.canParse(origin) && new URL(origin).host === headers.get('host')
}
