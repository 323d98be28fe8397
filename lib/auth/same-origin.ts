/**
 * Returns true if a browser sent the request from one of the product's own pages. Browsers set `Sec-Fetch-Site` and
 * `Origin`, which page code cannot change. A request with neither is refused, because every current browser sends one with
 * a POST.
 */
export function isSameOrigin(headers: Headers, appUrl: string): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  const origin = headers.get('origin')
  if (origin === null) return false
  if (origin === new URL(appUrl).origin) return true
  // In the demo, people may use another name for the same machine (localhost for 127.0.0.1).
  return URL.canParse(origin) && new URL(origin).host === headers.get('host')
}
