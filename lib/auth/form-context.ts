import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { Forbidden } from '@/lib/errors'
import { countRequest } from '@/lib/http/rate-limit'
import { isSameOrigin } from './same-origin'
import { getViewer, pageContext } from './viewer'

/**
 * The context and user of a server action. A user whose session has ended signs in and returns to `returnTo`. Throws
 * `Forbidden` for another site's form, `RateLimited` above the limit.
 */
export async function formContext(returnTo: string): Promise<{ ctx: Context; accountId: string }> {
  if (!isSameOrigin(await headers(), getEnv().appUrl))
    throw new Forbidden('The request was sent from another site.')
  const viewer = await getViewer()
  if (viewer === null) redirect(`/signin?returnTo=${encodeURIComponent(returnTo)}`)
  await countRequest('user', viewer.userId)
  return { ctx: pageContext(viewer), accountId: viewer.userId }
}

/** The message for an action called without a form. */
export const NO_FORM = 'This was sent without its form. Open the page again and retry.'

/** A form field as text; empty if missing. An action can be called with any arguments, so `form` may be missing. */
export function textOf(form: unknown, name: string): string {
  return textsOf(form, name)[0] ?? ''
}

/** Like `textOf`, for a repeated field. */
export function textsOf(form: unknown, name: string): string[] {
  return form instanceof FormData ? form.getAll(name).filter((value) => typeof value === 'string') : []
}
