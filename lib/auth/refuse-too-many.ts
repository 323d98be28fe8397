import type { NextRequest } from 'next/server'
import { z } from 'zod'
import { getEnv } from '@/lib/env'
import { RateLimited } from '@/lib/errors'
import { pageAddress } from '@/lib/http/page-requests'
import { countAddress, countMail } from '@/lib/http/rate-limit'

/**
 * Counts a request of next-auth that asks for a way in or comes back from one. The answer to give when it is one too many,
 * which ends on the sign-in page, with words; null to go on.
 */
export async function refuseTooMany(request: NextRequest, path: string[]): Promise<Response | null> {
  const [action, provider] = path
  if (action !== 'callback' && !(action === 'signin' && request.method === 'POST')) return null
  try {
    await countAddress('signIn', pageAddress(request.headers))
    if (action === 'signin' && provider === 'email') await countMail(await emailIn(request))
    return null
  } catch (error) {
    if (!(error instanceof RateLimited)) throw error
    const url = `${getEnv().appUrl}/signin?error=TooManyAttempts`
    const headers = { 'retry-after': String(error.retryAfterSeconds), 'cache-control': 'no-store' }
    // The script of the sign-in page goes to the `url` of the answer; everything else is a browser on its way.
    if (action === 'signin') return Response.json({ url }, { status: 429, headers })
    return new Response(null, { status: 303, headers: { ...headers, location: url } })
  }
}

/** The address that an e-mail is requested for; next-auth reads the body itself afterwards. */
async function emailIn(request: NextRequest): Promise<string> {
  const text = await request.clone().text()
  const isJson = request.headers.get('content-type')?.includes('json')
  const email = isJson ? asked.safeParse(parseJson(text)).data?.email : new URLSearchParams(text).get('email')
  return email ?? ''
}

const asked = z.object({ email: z.string() })

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
