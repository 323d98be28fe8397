import type { NextRequest } from 'next/server'
import { z } from 'zod'
import { getEnv } from '@/lib/env'
import { RateLimited } from '@/lib/errors'
import { pageAddress } from '@/lib/http/page-requests'
import { countAddress, countMail } from '@/lib/http/rate-limit'

/**
 * Counts a next-auth request that starts or completes a sign-in. Above the limit, returns an answer that leads to the
 * sign-in page with an explanation; otherwise null.
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
    // The sign-in page's script follows the `url` in the answer; any other request is a browser's navigation.
    if (action === 'signin') return Response.json({ url }, { status: 429, headers })
    return new Response(null, { status: 303, headers: { ...headers, location: url } })
  }
}

/** The address that the link is to be sent to. Reads a copy, because next-auth reads the body afterwards. */
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
