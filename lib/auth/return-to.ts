/** The default page after signing in, which depends on the user. */
export const HOME_PATH = '/home'

/** Stands in for the product's origin. A value that resolves to another origin is not a path. */
const PROBE_ORIGIN = 'http://product.invalid'

/** Returning to these after signing in would loop or show JSON. */
const NOT_PAGES = /^\/(signin|api)(\/|$)/

/**
 * Returns a safe path of this product. Anything that a browser would treat as another origin (`//host`, `/\host`, a tab
 * between the slashes, a full URL) and anything that is not a page is replaced by the dashboard.
 */
export function safeReturnTo(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('/')) return HOME_PATH
  if (!URL.canParse(value, PROBE_ORIGIN)) return HOME_PATH
  const url = new URL(value, PROBE_ORIGIN)
  if (url.origin !== PROBE_ORIGIN || url.username !== '') return HOME_PATH
  const path = `${url.pathname}${url.search}${url.hash}`
  // The URL parser itself turns `/.//host` into `//host`.
  if (path.startsWith('//') || NOT_PAGES.test(url.pathname)) return HOME_PATH
  return path
}

/**
 * Like `safeReturnTo`, but also accepts a full URL on the product's own origin, because next-auth passes those.
 */
export function safeCallbackUrl(value: unknown, appUrl: string): string {
  const { origin } = new URL(appUrl)
  const isOwn = typeof value === 'string' && value.startsWith(`${origin}/`)
  return safeReturnTo(isOwn ? value.slice(origin.length) : value)
}
