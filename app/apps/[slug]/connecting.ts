import { z } from 'zod'
import { usesSecureCookies } from '@/lib/auth/session'
import { getEnv } from '@/lib/env'
import { seal, unseal } from '@/lib/studio/seal'

/** A consent in progress; `resume` is the action to continue with afterwards. */
const pending = z.strictObject({
  verifier: z.string(),
  state: z.string(),
  resume: z.string().nullable(),
})
export type Pending = z.output<typeof pending>

const COOKIE = 'studio-connect'
const PURPOSE = 'connect'
/** Enough time to read the page and choose a budget. */
const COOKIE_SECONDS = 15 * 60

/** The cookie of a pending consent, sealed for one person so that the next person to sign in here cannot complete it. */
export function pendingCookie(slug: string, accountId: string, waiting: Pending): string {
  const value = seal(PURPOSE, `${accountId}:${slug}`, JSON.stringify(waiting))
  return cookieText(slug, value, COOKIE_SECONDS)
}

export function clearedCookie(slug: string): string {
  return cookieText(slug, '', 0)
}

function cookieText(slug: string, value: string, maxAge: number): string {
  const secure = usesSecureCookies(getEnv().appUrl) ? '; Secure' : ''
  return `${COOKIE}=${value}; Path=${placeOf(slug)}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`
}

/** Null if no consent is pending for this account. */
export function pendingIn(cookies: string | null, slug: string, accountId: string): Pending | null {
  const pair = (cookies ?? '').split(/;\s*/).find((text) => text.startsWith(`${COOKIE}=`))
  if (pair === undefined) return null
  const text = unseal(PURPOSE, `${accountId}:${slug}`, pair.slice(COOKIE.length + 1))
  return text === null ? null : pending.parse(JSON.parse(text))
}

function placeOf(slug: string): string {
  return `/apps/${encodeURIComponent(slug)}`
}

/** The URL that receives the connect page's answer. */
export function callbackUrl(slug: string): string {
  return `${getEnv().appUrl}${placeOf(slug)}/callback`
}

type Arrival = { resume?: string | null; consent?: 'declined' | 'failed' }

export function appPath(slug: string, { resume, consent }: Arrival = {}): string {
  const query = new URLSearchParams()
  if (consent) query.set('consent', consent)
  if (resume) query.set('resume', resume)
  return query.size === 0 ? placeOf(slug) : `${placeOf(slug)}?${query}`
}

/** The action that waits for consent, or null. */
export function resumeIn(url: string): string | null {
  const checked = z.uuid().safeParse(new URL(url).searchParams.get('resume'))
  return checked.success ? checked.data : null
}
