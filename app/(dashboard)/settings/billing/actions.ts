'use server'

import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { ActionProblem } from '@/components/billing/action-form'
import { NO_FORM, textOf } from '@/lib/auth/form-context'
import { isSameOrigin } from '@/lib/auth/same-origin'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import { getBillingState, openBillingPortal, startCheckout, type Wanted } from '@/lib/billing'
import { isFreePlan } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { InvalidRequest, RateLimited, Unavailable } from '@/lib/errors'
import { countRequest } from '@/lib/http/rate-limit'
import { askedPath } from './search'

/** Opens a checkout of what the form names and goes there; answers with the reason when that cannot be. */
export async function buy(_before: ActionProblem | null, form: FormData): Promise<ActionProblem | null> {
  const pack = filledIn(form, 'pack')
  const wanted: Wanted = pack === undefined ? { plan: filledIn(form, 'plan') ?? '' } : { pack }
  const returnTo = filledIn(form, 'returnTo')
  return leave(form, askedPath({ ...wanted, returnTo }), async (ctx, here) => {
    try {
      return (await startCheckout(ctx, { ...wanted, returnTo })).url
    } catch (error) {
      // Shown before it was bought in another tab, or taken from sale: the page as it is now says so.
      if (await isOutdated(ctx, error)) return here
      throw error
    }
  })
}

async function isOutdated(ctx: Context, error: unknown): Promise<boolean> {
  if (!(error instanceof InvalidRequest)) return false
  switch (error.errors[0]?.path) {
    case 'pack':
      return true
    case 'plan':
      return !isFreePlan((await getBillingState(ctx)).plan)
    default:
      return false
  }
}

/** Opens Stripe's customer portal and goes there; answers with the reason when that cannot be. */
export async function manage(_before: ActionProblem | null, form: FormData): Promise<ActionProblem | null> {
  return leave(form, askedPath({}), async (ctx) => {
    const { url } = await openBillingPortal(ctx, { returnTo: filledIn(form, 'returnTo') })
    return url
  })
}

function filledIn(form: unknown, name: string): string | undefined {
  return textOf(form, name) || undefined
}

/** Goes where `open` says. Somebody whose session has ended signs in and comes back to `here`. */
async function leave(
  form: unknown,
  here: string,
  open: (ctx: Context, here: string) => Promise<string>,
): Promise<ActionProblem | null> {
  if (!isSameOrigin(await headers(), getEnv().appUrl))
    return { message: 'This was sent from another site. Open the page here and try again.' }
  if (!(form instanceof FormData)) return { message: NO_FORM }
  const viewer = await getViewer()
  if (viewer === null) redirect(`/signin?returnTo=${encodeURIComponent(here)}`)
  const ctx = pageContext(viewer)
  const opened = await countRequest('checkout', viewer.userId)
    .then(() => open(ctx, here))
    .catch(problemOf)
  // `redirect` ends the action by throwing, so it stands outside of what is caught.
  if (typeof opened === 'string') redirect(opened)
  return opened
}

/** In words for the person who pressed the button; a defect of ours is thrown on. */
function problemOf(error: unknown): ActionProblem {
  if (error instanceof Unavailable || error instanceof RateLimited) return { message: error.message }
  if (!(error instanceof InvalidRequest)) throw error
  if (error.errors[0]?.path === 'plan')
    return { message: 'A plan was just bought for this account. It appears here in a moment.' }
  return { message: 'The place to return to is not known here. Open the billing page again and retry.' }
}
