import { type NextRequest, NextResponse } from 'next/server'
import { headersOfPage, POLICY_HEADER } from '@/lib/api/page-headers'

/**
 * Gives each page its headers on ordinary Next.js hosting. `server.ts` does the same before Next sees the request, which
 * spares a page some milliseconds: its requests carry the policy already and do not come here.
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
  // Pages and next-auth. The API sets its own headers, and files never change with who asks. Next reads this without
  // running it, so it is written out.
  matcher: [
    {
      source: '/((?!api/|_next/static|_next/image|icon.svg|robots.txt).*)',
      missing: [{ type: 'header', key: 'content-security-policy' }],
    },
    { source: '/api/auth/:path*', missing: [{ type: 'header', key: 'content-security-policy' }] },
  ],
}
