import Stripe from 'stripe'
import type { Correction } from '@/lib/billing/read/decide'
import { secondOf } from '@/lib/billing/read/plan-subscription'
import { isMissing, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { returnInvoice } from './return-invoice'

/**
 * Puts right at Stripe what one reading found: later subscriptions are marked and cancelled, open invoices of what is over
 * are voided, money that buys nothing goes back. A second one is marked first, its money goes back, and it is cancelled
 * last, so that whoever comes after a failure in between carries on. Returns whether a subscription or invoice changed.
 */
export async function correctStripe(
  ctx: Context,
  accountId: string,
  corrections: Correction[],
): Promise<boolean> {
  let changed = false
  const of = (kind: Correction['do']) => corrections.filter((one) => one.do === kind)
  for (const one of [...of('mark'), ...of('refund'), ...of('void'), ...of('cancel')]) {
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
    case 'cancel':
      return unlessRefused(() => withStripe((stripe) => stripe.subscriptions.cancel(one.subscription)))
    default:
      return one satisfies never
  }
}

/** Somebody else has just done it, or its payment is on its way and must arrive first: then it goes back. */
async function unlessRefused(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    if (isMissing(error) || error instanceof Stripe.errors.StripeInvalidRequestError) return false
    throw error
  }
}
