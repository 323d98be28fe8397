import { createHash, randomBytes } from 'node:crypto'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import { getEnv } from '@/lib/env'
import { NotFound } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { nameOwnOrigin } from '@/lib/studio/own-origin'
import { getStudioApp } from '@/lib/studio/studio-app'
import { appPath, callbackUrl, pendingCookie, resumeIn } from '../connecting'

type Route = { params: Promise<{ slug: string }> }

/** Redirects to the connect page, as any platform would (RFC 7636), and stores the code verifier for the answer. */
export async function GET(request: Request, { params }: Route): Promise<Response> {
  const { slug } = await params
  const resume = resumeIn(request.url)
  const viewer = await getViewer()
  if (viewer === null) return goTo(`/signin?returnTo=${encodeURIComponent(appPath(slug, { resume }))}`)
  const ctx = pageContext(viewer)
  try {
    const app = await getStudioApp(ctx, slug)
    await nameOwnOrigin(ctx, app)
    const verifier = randomBytes(32).toString('base64url')
    const state = randomBytes(16).toString('base64url')
    const query = new URLSearchParams({
      app: publicId('app', app.id),
      returnTo: callbackUrl(slug),
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    const cookie = pendingCookie(slug, viewer.userId, { verifier, state, resume })
    return goTo(`/connect?${query}`, cookie)
  } catch (error) {
    if (error instanceof NotFound) return new Response(error.message, { status: 404 })
    throw error
  }
}

function goTo(path: string, cookie?: string): Response {
  const headers = new Headers({ location: `${getEnv().appUrl}${path}`, 'cache-control': 'no-store' })
  if (cookie !== undefined) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
