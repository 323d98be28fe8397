import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { InvalidRequest } from '@/lib/errors'

const LENGTH_MAX = 2_000

/**
 * Checks a URL to send people back to: a path or URL on the product's own origin, on one of `ALLOWED_ORIGINS`, or on
 * an origin registered by an app (docs/api.md, "Buying"). Returns the full URL. Throws `InvalidRequest` for any other.
 */
export async function checkReturnTo(ctx: Context, returnTo: string): Promise<string> {
  const { appUrl, allowedOrigins } = getEnv()
  const url = addressOf(returnTo, appUrl)
  if (url === null) throw refusal()
  if (url.origin === new URL(appUrl).origin || allowedOrigins.includes(url.origin)) return url.href
  const { rowCount } = await ctx.pool.query({
    name: 'app-with-origin',
    text: 'select 1 from apps where $1 = any(origins) limit 1',
    values: [url.origin],
  })
  if (!rowCount) throw refusal()
  return url.href
}

function refusal(): InvalidRequest {
  return InvalidRequest.at('returnTo', 'must be on this site or on an allowed origin')
}

/** A path belongs to the product. Paths that a browser would read as another origin are resolved as a browser does. */
function addressOf(text: string, appUrl: string): URL | null {
  if (text.length > LENGTH_MAX || !URL.canParse(text, appUrl)) return null
  // Only a leading slash marks a path: "evil.example" and "javascript:" are neither paths nor URLs.
  if (!text.startsWith('/') && !/^https?:\/\//i.test(text)) return null
  const url = new URL(text, appUrl)
  const isPlain = url.protocol === 'https:' || url.protocol === 'http:'
  return isPlain && url.username === '' && url.password === '' ? url : null
}
