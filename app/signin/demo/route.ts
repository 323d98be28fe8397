import { safeReturnTo } from '@/lib/auth/return-to'
import { isSameOrigin } from '@/lib/auth/same-origin'
import { sessionCookie } from '@/lib/auth/session'
import { pageContext } from '@/lib/auth/viewer'
import { signInDemo } from '@/lib/demo/sign-in-demo'
import { getEnv } from '@/lib/env'
import { NotFound } from '@/lib/errors'
import { countSignIn } from '@/lib/http/page-requests'

/** Signs in as a demo person. Outside the demo this route does not exist. */
export async function POST(request: Request): Promise<Response> {
  const env = getEnv()
  if (!env.isDemo) return new Response('Not found', { status: 404 })
  if (!isSameOrigin(request.headers, env.appUrl))
    return new Response('Sent from another site', { status: 403 })
  const tooMany = await countSignIn(request.headers)
  if (tooMany !== null) return tooMany
  const form = await request.formData().catch(() => null)
  if (form === null) return new Response('Not a form', { status: 400 })
  try {
    const session = await signInDemo(pageContext(null), { person: form.get('person') })
    const headers = {
      location: safeReturnTo(form.get('returnTo')),
      'set-cookie': sessionCookie(session, env.appUrl),
    }
    return new Response(null, { status: 303, headers })
  } catch (error) {
    if (error instanceof NotFound) return new Response(error.message, { status: 404 })
    throw error
  }
}
