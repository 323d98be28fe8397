import { isSameOrigin } from '@/lib/auth/same-origin'
import { sessionCookie } from '@/lib/auth/session'
import { pageContext } from '@/lib/auth/viewer'
import { usePortalLink as followPortalLink } from '@/lib/billing/portal/portal-links'
import { getEnv } from '@/lib/env'
import { NotFound } from '@/lib/errors'
import { countSignIn } from '@/lib/http/page-requests'

type Route = { params: Promise<{ token: string }> }

/**
 * Consumes a portal link, signs its user in and redirects to its page. Only the button on the link's own page posts to this
 * route, because mail scanners and prefetches fetch links, and another site could otherwise sign its visitors in as someone
 * else.
 */
export async function POST(request: Request, { params }: Route): Promise<Response> {
  const { appUrl } = getEnv()
  if (!isSameOrigin(request.headers, appUrl)) return new Response('Sent from another site', { status: 403 })
  const tooMany = await countSignIn(request.headers)
  if (tooMany !== null) return tooMany
  const { token } = await params
  try {
    const { session, location } = await followPortalLink(pageContext(null), { token })
    return goTo(location, { 'set-cookie': sessionCookie(session, appUrl) })
  } catch (error) {
    if (error instanceof NotFound) return goTo('/signin?error=link')
    throw error
  }
}

function goTo(location: string, headers: Record<string, string> = {}): Response {
  return new Response(null, { status: 303, headers: { ...headers, location, 'cache-control': 'no-store' } })
}
