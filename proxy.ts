import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { formTargetsOf } from '@/lib/billing/form-targets'
import { getEnv } from '@/lib/env'
import { pageHeaders } from '@/lib/http/security-headers'

/** 128 bits: a page's scripts are told from injected ones by nothing else. */
const NONCE_BYTES = 16

/** Gives each page a nonce of its own: Next reads it from the request's policy and writes it into its scripts. */
export function proxy(request: NextRequest): NextResponse {
  const nonce = randomBytes(NONCE_BYTES).toString('base64')
  const { appUrl } = getEnv()
  const isDevelopment = process.env.NODE_ENV === 'development'
  const answered = pageHeaders({ nonce, appUrl, isDevelopment, formTargets: formTargetsOf(request.nextUrl) })
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', answered['content-security-policy'] ?? '')
  const response = NextResponse.next({ request: { headers } })
  for (const [name, value] of Object.entries(answered)) response.headers.set(name, value)
  return response
}

export const config = {
  // Pages and next-auth. The API sets its own headers, and files never change with who asks.
  matcher: ['/((?!api/|_next/static|_next/image|icon.svg|robots.txt).*)', '/api/auth/:path*'],
}
