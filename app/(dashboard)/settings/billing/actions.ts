'use server'

import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { ActionProblem } from '@/components/billing/action-form'
import { isSameOrigin } from '@/lib/auth/same-origin'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import { openBillingPortal, startCheckout, type Wanted } from '@/lib/billing'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { InvalidRequest, Unavailable } from '@/lib/errors'

/** Opens a checkout of what the form names and goes there; answers with the reason when that cannot be. */
export async function buy(_before: ActionProblem | null, form: FormData): Promise<ActionProblem | null> {
  const pack = textOf(form, 'pack')
  const wanted: Wanted = pack === undefined ? { plan: 'super' } : { pack }
  const offer = pack === undefined ? 'plan=super' : `pack=${encodeURIComponent(pack)}`
  return leave(offer, async (ctx) => {
    const { url } = await startCheckout(ctx, { ...wanted, returnTo: textOf(form, 'returnTo') })
    return url
  })
}

/** Opens Stripe's customer portal and goes there; answers with the reason when that cannot be. */
export async function manage(_before: ActionProblem | null, form: FormData): Promise<ActionProblem | null> {
  return leave(null, async (ctx) => {
    const { url } = await openBillingPortal(ctx, { returnTo: textOf(form, 'returnTo') })
    return url
  })
}

function textOf(form: FormData, name: string): string | undefined {
  const value = form.get(name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Somebody whose session has ended signs in and comes back to the `offer`. */
async function leave(
  offer: string | null,
  open: (ctx: Context) => Promise<string>,
): Promise<ActionProblem | null> {
  if (!isSameOrigin(await headers(), getEnv().appUrl))
    return { message: 'This was sent from another site. Open the page here and try again.' }
  const viewer = await getViewer()
  const here = offer === null ? '/settings/billing' : `/settings/billing?${offer}`
  if (viewer === null) redirect(`/signin?returnTo=${encodeURIComponent(here)}`)
  const opened = await open(pageContext(viewer)).catch(problemOf)
  // `redirect` ends the action by throwing, so it stands outside of what is caught.
  if (typeof opened === 'string') redirect(opened)
  return opened
}

/** In words for the person who pressed the button; a defect of ours is thrown on. */
function problemOf(error: unknown): ActionProblem {
  if (error instanceof Unavailable) return { message: error.message }
  if (!(error instanceof InvalidRequest)) throw error
  switch (error.errors[0]?.path) {
    case 'pack':
      return { message: 'This pack is no longer sold. Reload the page to see what is.' }
    case 'plan':
      return { message: 'You have Super already. You can change it under “Manage plan and payment”.' }
    default:
      return { message: 'The place to return to is not known here. Open the billing page again and retry.' }
  }
}
