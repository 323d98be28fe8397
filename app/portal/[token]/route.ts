import type { NextRequest } from 'next/server'
import { sessionCookie } from '@/lib/auth/session'
import { pageContext } from '@/lib/auth/viewer'
import { usePortalLink as followPortalLink } from '@/lib/billing/portal/portal-links'
import { getEnv } from '@/lib/env'
import { NotFound } from '@/lib/errors'
import { countSignIn } from '@/lib/http/page-requests'

export const dynamic = 'force-dynamic'

/** A link with a sign-in in it must stay out of caches and of the addresses other sites are told. */
const PRIVATE = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

/** Mail filters and chats look at a link before its reader does; Next would follow it for them, and it works only once. */
export function HEAD(): Response {
  return new Response(null, { headers: PRIVATE })
}

/** Signs in whoever holds a fresh link of the operator's server, and goes on to the page it names. */
export async function GET(request: NextRequest, { params }: { params: Promise<{ token: string }> }) {
  const tooMany = await countSignIn(request.headers)
  if (tooMany !== null) return tooMany
  const { token } = await params
  const { appUrl } = getEnv()
  try {
    const { session, location } = await followPortalLink(pageContext(null), { token })
    const headers = {
      ...PRIVATE,
      location: `${appUrl}${location}`,
      'set-cookie': sessionCookie(session, appUrl),
    }
    return new Response(null, { status: 303, headers })
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
    return new Response(null, {
      status: 303,
      headers: { ...PRIVATE, location: `${appUrl}/signin?error=link` },
    })
  }
}
