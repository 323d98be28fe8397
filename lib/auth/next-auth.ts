import type { NextRequest } from 'next/server'
import NextAuth, { type NextAuthOptions } from 'next-auth'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { currentClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { getPrisma } from '@/lib/db/prisma'
import { getEnv } from '@/lib/env'
import { logFailure } from '@/lib/http/log'
import { newUuid } from '@/lib/ids'
import { createAdapter, proveEmail } from './adapter'
import { guardMailedLink } from './mailed-link'
import { signInProviders } from './providers'
import { refuseCallback } from './refuse-callback'
import { refuseTooMany } from './refuse-too-many'
import { safeCallbackUrl } from './return-to'
import { isSameOrigin } from './same-origin'
import { SESSION_DAYS, usesSecureCookies } from './session'

function signInContext(): Context {
  return {
    pool: getPool(),
    clock: currentClock(),
    caller: { kind: 'system', name: 'sign-in' },
    requestId: newUuid(),
  }
}

function authOptions(): NextAuthOptions {
  const env = getEnv()
  // next-auth reads its own URL only from this variable.
  process.env.NEXTAUTH_URL ??= env.appUrl
  return {
    providers: signInProviders(env),
    adapter: createAdapter(getPrisma(), signInContext),
    session: { strategy: 'database', maxAge: (SESSION_DAYS * DAY_MS) / 1_000 },
    secret: env.authSecret,
    useSecureCookies: usesSecureCookies(env.appUrl),
    pages: { signIn: '/signin', error: '/signin', verifyRequest: '/signin/sent', signOut: '/signin' },
    // next-auth's own logger prints whole objects, including provider URLs and tokens.
    logger: {
      error: (code, metadata) => {
        const error = metadata instanceof Error ? metadata : metadata.error
        logFailure(error, { requestId: 'none', route: `sign-in ${code}` })
      },
      warn: () => undefined,
      debug: () => undefined,
    },
    events: {
      // The provider has verified this e-mail, unlike that of a user created by the operator.
      signIn: async ({ user, profile }) => {
        if (profile?.email) await proveEmail(signInContext(), { userId: user.id, email: profile.email })
      },
    },
    callbacks: {
      signIn: ({ user }) => (user.email ? true : `${env.appUrl}/signin?error=EmailNotVerified`),
      redirect: ({ url }) => env.appUrl + safeCallbackUrl(url, env.appUrl),
    },
  }
}

type RouteContext = { params: Promise<{ nextauth: string[] }> }

/** next-auth's own codes (https://next-auth.js.org/configuration/pages#error-codes), which the sign-in page explains. */
const ERROR_CODES = new Set([
  'Configuration',
  'AccessDenied',
  'Verification',
  'OAuthSignin',
  'OAuthCallback',
  'OAuthCreateAccount',
  'OAuthAccountNotLinked',
  'EmailCreateAccount',
  'EmailSignin',
  'Callback',
])

/** Redirects to the sign-in page with a known error code. next-auth would log the raw code, which is user input. */
function errorPage(request: NextRequest): Response {
  const given = request.nextUrl.searchParams.get('error') ?? ''
  const location = `${getEnv().appUrl}/signin?error=${ERROR_CODES.has(given) ? given : 'Default'}`
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } })
}

/** Serves `/api/auth/*`. Options are created per request, because a build without configuration imports this file too. */
export async function handleAuth(request: NextRequest, context: RouteContext): Promise<Response> {
  const { nextauth } = await context.params
  if (nextauth[0] === 'error') return errorPage(request)
  const isOwn = isSameOrigin(request.headers, getEnv().appUrl)
  const answer =
    guardMailedLink(request, isOwn) ?? refuseCallback(request) ?? (await refuseTooMany(request, nextauth))
  return answer ?? (NextAuth(request, context, authOptions()) as Promise<Response>)
}
