'use server'

import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import type { ActionProblem } from '@/components/billing/action-form'
import { NO_FORM, textOf } from '@/lib/auth/form-context'
import { isSameOrigin } from '@/lib/auth/same-origin'
import { getViewer, pageContext } from '@/lib/auth/viewer'
import {
  changePlan,
  getBillingState,
  keepPlan,
  openBillingPortal,
  startCheckout,
  type Wanted,
} from '@/lib/billing'
import { freePlanKey } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { InvalidRequest, RateLimited, Unavailable } from '@/lib/errors'
import { countRequest } from '@/lib/http/rate-limit'
import { askedPath, changePath } from './search'

/** Opens a checkout for the form's offer and redirects to it, or returns the reason for a failure. */
export async function buy(_before: ActionProblem | null, form: FormData): Promise<ActionProblem | null> {
  const pack = filledIn(form, 'pack')
  const wanted: Wanted = pack === undefined ? { plan: filledIn(form, 'plan') ?? '' } : { pack }
  const currency = filledIn(form, 'currency')
  const returnTo = filledIn(form, 'returnTo')
  return leave(form, askedPath({ ...wanted, currency, returnTo }), async (ctx, here) => {
    try {
      return (await startCheckout(ctx, { ...wanted, currency, returnTo })).url
    } catch (error) {
      // The offer was bought in another tab or taken off sale in the meantime; the reloaded page says so.
      if (await isOutdated(ctx, error)) return here
      throw error
    }
  })
}

async function isOutdated(ctx: Context, error: unknown): Promise<boolean> {
  if (!(error instanceof InvalidRequest)) return false
  switch (error.errors[0]?.path) {
    case 'pack':
    case 'currency':
      return true
    case 'plan':
      return (await getBillingState(ctx)).plan !== freePlanKey()
    default:
      return false
  }
}

/**
 * Changes the plan as confirmed and returns to the billing page or, if the upgrade has to be paid by hand, goes to its
 * invoice.
 */
export async function change(_before: ActionProblem | null, form: FormData): Promise<ActionProblem | null> {
  const plan = filledIn(form, 'plan') ?? ''
  const returnTo = filledIn(form, 'returnTo')
  return leave(form, changePath({ plan, returnTo }), async (ctx, here) => {
    try {
      const changed = await changePlan(ctx, { plan, price: filledIn(form, 'price') ?? '' })
      return changed.outcome === 'pay' ? changed.url : askedPath({ returnTo })
    } catch (error) {
      // The price changed, or the plan can no longer change; the reloaded page says so.
      if (error instanceof InvalidRequest) return here
      throw error
    }
  })
}

/** Cancels a scheduled change of plan. */
export async function keep(_before: ActionProblem | null, form: FormData): Promise<ActionProblem | null> {
  return leave(form, askedPath({}), async (ctx, here) => {
    await keepPlan(ctx)
    return here
  })
}

/** Opens Stripe's customer portal and redirects to it, or returns the reason for a failure. */
export async function manage(_before: ActionProblem | null, form: FormData): Promise<ActionProblem | null> {
  return leave(form, askedPath({}), async (ctx) => {
    const { url } = await openBillingPortal(ctx, { returnTo: filledIn(form, 'returnTo') })
    return url
  })
}

function filledIn(form: unknown, name: string): string | undefined {
  return textOf(form, name) || undefined
}

/** Redirects to the URL that `open` returns. A person whose session has ended signs in and returns to `here`. */
async function leave(
  form: unknown,
  here: string,
  open: (ctx: Context, here: string) => Promise<string>,
): Promise<ActionProblem | null> {
  if (!isSameOrigin(await headers(), getEnv().appUrl))
    return { message: 'This was sent from another site. Open the page here and try again.' }
  if (!(form instanceof FormData)) return { message: NO_FORM }
  if (!getEnv().hasBilling) notFound()
  const viewer = await getViewer()
  if (viewer === null) redirect(`/signin?returnTo=${encodeURIComponent(here)}`)
  const ctx = pageContext(viewer)
  const opened = await countRequest('checkout', viewer.userId)
    .then(() => open(ctx, here))
    .catch(problemOf)
  // `redirect` throws, so it is called outside the try block.
  if (typeof opened === 'string') redirect(opened)
  return opened
}

/** Describes a failure to the person; an unexpected error is rethrown. */
function problemOf(error: unknown): ActionProblem {
  if (error instanceof Unavailable || error instanceof RateLimited) return { message: error.message }
  if (!(error instanceof InvalidRequest)) throw error
  if (error.errors[0]?.path === 'plan')
    return { message: 'A plan was just bought for this account. It appears here in a moment.' }
  return {
    message: 'This page cannot return you to where you came from. Open the billing page again and retry.',
  }
}
