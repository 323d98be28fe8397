import { CreditsRefusal, sampleRuntime } from '@/lib/ai/metered'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { NotFound } from '@/lib/errors'
import { keepConnection } from '@/lib/studio/connection'
import { getStudioApp } from '@/lib/studio/studio-app'
import { appPath, callbackUrl, clearedCookie, type Pending, pendingIn } from '../connecting'

type Route = { params: Promise<{ slug: string }> }

/** Receives the response from the connect page, exchanges its code for the app's token, and returns to the app's page. */
export async function GET(request: Request, { params }: Route): Promise<Response> {
  const { slug } = await params
  // Next prefetches the target of an action's redirect, and a code works only once, so only a navigation may use it.
  if ((request.headers.get('sec-fetch-mode') ?? 'navigate') !== 'navigate')
    return new Response(null, { status: 204 })
  const viewer = await getViewer()
  const waiting = viewer && pendingIn(request.headers.get('cookie'), slug, viewer.userId)
  const { searchParams: answer } = new URL(request.url)
  if (!viewer || !waiting || answer.get('state') !== waiting.state) return back(slug, { consent: 'failed' })
  const { resume } = waiting
  if (answer.get('error') !== null) return back(slug, { consent: 'declined' })
  const code = answer.get('code') ?? ''
  const isConnected = await exchange(pageContext(viewer), { slug, code, waiting })
  return back(slug, isConnected ? { resume } : { consent: 'failed' })
}

type Exchange = { slug: string; code: string; waiting: Pending }

async function exchange(ctx: Context, { slug, code, waiting }: Exchange): Promise<boolean> {
  const deps = await sampleRuntime()
  if (deps === null) return false
  try {
    const { id: appId } = await getStudioApp(ctx, slug)
    const codeVerifier = waiting.verifier
    const made = await deps.credits.exchangeCode({ code, codeVerifier, returnTo: callbackUrl(slug) })
    await keepConnection(ctx, { appId, token: made.token, expiresAt: new Date(made.expiresAt) })
    return true
  } catch (error) {
    if (error instanceof CreditsRefusal || error instanceof NotFound) return false
    throw error
  }
}

function back(slug: string, arrival: Parameters<typeof appPath>[1]): Response {
  const headers = new Headers({
    location: `${getEnv().appUrl}${appPath(slug, arrival)}`,
    'cache-control': 'no-store',
  })
  headers.append('set-cookie', clearedCookie(slug))
  return new Response(null, { status: 303, headers })
}
