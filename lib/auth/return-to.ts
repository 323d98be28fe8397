/** Where people land when nothing else was asked for: a page that depends on who they are. */
export const HOME_PATH = '/home'

/** Stands in for the product's origin; a value that leaves it while being resolved is not a path. */
const PROBE_ORIGIN = 'http://product.invalid'

/** Going there after signing in would lead in a circle, or to JSON. */
const NOT_PAGES = /^\/(signin|api)(\/|$)/

/**
 * A path of this product to go on to. Anything that a browser would read as another origin – `//host`, `/\host`, a tab
 * between the slashes, a full address – and anything that is no page becomes the dashboard.
 */
export function safeReturnTo(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('/')) return HOME_PATH
  if (!URL.canParse(value, PROBE_ORIGIN)) return HOME_PATH
  const url = new URL(value, PROBE_ORIGIN)
  if (url.origin !== PROBE_ORIGIN || url.username !== '') return HOME_PATH
  const path = `${url.pathname}${url.search}${url.hash}`
  // The parser itself can leave `//host` behind when it resolves `/.//host`.
  if (path.startsWith('//') || NOT_PAGES.test(url.pathname)) return HOME_PATH
  return path
}

/** Like `safeReturnTo`, but also accepts a full address on the product's own origin, which is what next-auth passes on. */
export function safeCallbackUrl(value: unknown, appUrl: string): string {
  const { origin } = new URL(appUrl)
  const isOwn = typeof value === 'string' && value.startsWith(`${origin}/`)
  return safeReturnTo(isOwn ? value.slice(origin.length) : value)
}
