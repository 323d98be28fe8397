import Stripe from 'stripe'
import type { Correction } from '@/lib/billing/read/decide'
import { secondOf } from '@/lib/billing/read/plan-subscription'
import { isMissing, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { noteTrial } from './note-trial'
import { returnInvoice } from './return-invoice'

/**
 * Makes the corrections that a reading requires, most of them in Stripe: notes a trial, cancels later subscriptions,
 * voids open invoices of ended ones, and refunds money that bought nothing. A second subscription is marked first, then
 * refunded, and cancelled last, so that the next run can continue after a failure in between. Returns true if Stripe
 * has to be read again.
 */
export async function correctStripe(
  ctx: Context,
  accountId: string,
  corrections: Correction[],
): Promise<boolean> {
  let changed = false
  const of = (kind: Correction['do']) => corrections.filter((one) => one.do === kind)
  for (const one of [...of('mark'), ...of('refund'), ...of('void'), ...of('try'), ...of('cancel')]) {
    const did = await correct(ctx, accountId, one)
    changed ||= did
  }
  return changed
}

async function correct(ctx: Context, accountId: string, one: Correction): Promise<boolean> {
  switch (one.do) {
    case 'mark':
      await withStripe((stripe) =>
        stripe.subscriptions.update(one.subscription, { metadata: secondOf(one.secondOf) }),
      )
      return true
    case 'refund':
      await returnInvoice(ctx, { accountId, invoice: one.invoice, why: one.why })
      return false
    case 'void':
      return unlessRefused(() => withStripe((stripe) => stripe.invoices.voidInvoice(one.invoice)))
    case 'try': {
      const isRefused = await noteTrial(ctx, { ...one, accountId })
      if (isRefused && one.isInTrial) await cancel(one.subscription)
      return true
    }
    case 'cancel':
      return cancel(one.subscription)
    default:
      return one satisfies never
  }
}

function cancel(subscription: string): Promise<boolean> {
  return unlessRefused(() => withStripe((stripe) => stripe.subscriptions.cancel(subscription)))
}

/** Another process has just made the correction, or the payment is still pending and will be refunded once it arrives. */
async function unlessRefused(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    if (isMissing(error) || error instanceof Stripe.errors.StripeInvalidRequestError) return false
    throw error
  }
}
