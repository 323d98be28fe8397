import { type NextRequest, NextResponse } from 'next/server'
import { headersOfPage, POLICY_HEADER } from '@/lib/api/page-headers'

/**
 * Sets the headers of each page with ordinary Next.js hosting. `server.ts` sets them before Next receives the request, which
 * saves a few milliseconds per page; its requests already have the policy and skip this function.
 */
export function proxy(request: NextRequest): NextResponse {
  const answered = headersOfPage(request.nextUrl)
  const headers = new Headers(request.headers)
  headers.set(POLICY_HEADER, answered[POLICY_HEADER] ?? '')
  const response = NextResponse.next({ request: { headers } })
  for (const [name, value] of Object.entries(answered)) response.headers.set(name, value)
  return response
}

export const config = {
  // Matches pages and next-auth. The API sets its own headers, and files do not depend on the caller. Next reads this
  // matcher without running it, so it must be a literal.
  matcher: [
    {
      source: '/((?!api/|_next/static|_next/image|icon.svg|robots.txt).*)',
      missing: [{ type: 'header', key: 'content-security-policy' }],
    },
    { source: '/api/auth/:path*', missing: [{ type: 'header', key: 'content-security-policy' }] },
  ],
}
