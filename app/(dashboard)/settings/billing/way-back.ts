import { checkReturnTo, nameReturnTo } from '@/lib/billing'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { InvalidRequest } from '@/lib/errors'
import { nameInText } from '@/lib/names'

/** The page to return to. `href` is absolute; `isOwn` says that the page belongs to this product. */
export type WayBack = { href: string; label: string; isOwn: boolean }

/** Null if the URL is not allowed, in which case the page has no link back. */
export async function wayBack(ctx: Context, returnTo: string | undefined): Promise<WayBack | null> {
  if (returnTo === undefined) return null
  try {
    const href = await checkReturnTo(ctx, returnTo)
    const { origin, pathname, hostname } = new URL(href)
    if (origin === new URL(getEnv().appUrl).origin) return { href, label: ownLabel(pathname), isOwn: true }
    const name = await nameReturnTo(ctx, href)
    return { href, label: `Back to ${nameInText(name ?? hostname)}`, isOwn: false }
  } catch (error) {
    if (error instanceof InvalidRequest) return null
    throw error
  }
}

const OWN_PAGES = new Map([
  ['/settings/credits', 'Back to your credits'],
  ['/settings/usage', 'Back to your usage'],
  ['/pricing', 'Back to pricing'],
])

function ownLabel(pathname: string): string {
  if (pathname.startsWith('/apps/')) return 'Back to the app'
  if (pathname.startsWith('/editor/')) return 'Back to the editor'
  return OWN_PAGES.get(pathname) ?? 'Back to where you were'
}
