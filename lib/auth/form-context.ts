import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { Forbidden } from '@/lib/errors'
import { countRequest } from '@/lib/http/rate-limit'
import { isSameOrigin } from './same-origin'
import { getViewer, pageContext } from './viewer'

/**
 * For a server action: what its verbs are called with, and for whom. Somebody whose session has ended signs in and comes
 * back to `returnTo`. Throws `Forbidden` for a form of another site, `RateLimited` for one form too many.
 */
export async function formContext(returnTo: string): Promise<{ ctx: Context; accountId: string }> {
  if (!isSameOrigin(await headers(), getEnv().appUrl)) throw new Forbidden('Sent from another site.')
  const viewer = await getViewer()
  if (viewer === null) redirect(`/signin?returnTo=${encodeURIComponent(returnTo)}`)
  await countRequest('user', viewer.userId)
  return { ctx: pageContext(viewer), accountId: viewer.userId }
}

/** Said of an action that would do something without any field, and was called without a form. */
export const NO_FORM = 'This was sent without its form. Open the page again and retry.'

/** A field of a form as text; empty when it is missing. An action may be called with anything: `form` may be none. */
export function textOf(form: unknown, name: string): string {
  return textsOf(form, name)[0] ?? ''
}

/** As `textOf`, for a field that a form may have several times. */
export function textsOf(form: unknown, name: string): string[] {
  return form instanceof FormData ? form.getAll(name).filter((value) => typeof value === 'string') : []
}
