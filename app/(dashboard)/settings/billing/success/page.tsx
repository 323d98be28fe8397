// Answers: did it work, what do I have now, and how do I get back to what I was doing?
// It completes the checkout itself, without waiting for a webhook; opening it again changes nothing.
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { CheckoutResult } from '@/components/billing/checkout-result'
import { StripeSilent } from '@/components/billing/stripe-silent'
import { pageContext, requireViewer } from '@/lib/auth/viewer'
import { type Checkout, completeCheckout } from '@/lib/billing'
import type { Context } from '@/lib/context'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { valueWithin } from '@/lib/ends-within'
import { getEnv } from '@/lib/env'
import { NotFound, Unavailable } from '@/lib/errors'
import type { BillingSearch } from '../search'
import { wayBack } from '../way-back'

export const metadata: Metadata = { title: 'Checkout' }

/** The format of Stripe's checkout session ids. */
const SESSION_ID = /^cs_\w{1,200}$/
/** The longest time the page waits; a paid checkout is completed even if it takes longer. */
const WAITED_MS = 10_000

type SuccessPageProps = { searchParams: Promise<BillingSearch> }

export default async function SuccessPage({ searchParams }: SuccessPageProps) {
  const { session_id: sessionId } = await searchParams
  if (!getEnv().hasBilling) notFound()
  if (typeof sessionId !== 'string' || !SESSION_ID.test(sessionId)) notFound()
  const here = `/settings/billing/success?session_id=${sessionId}`
  const viewer = await requireViewer(here)
  const ctx = pageContext(viewer)
  const checkout = await settle(ctx, sessionId)
  if (checkout === null) return <NotYet here={here} />
  const [balance, back] = await Promise.all([
    getBalance(ctx, viewer.userId),
    wayBack(ctx, checkout.returnTo ?? undefined),
  ])
  return <CheckoutResult checkout={checkout} balance={balance} back={back} here={here} />
}

/** Null if Stripe cannot be reached. Another person's checkout is answered as not found. */
async function settle(ctx: Context, sessionId: string): Promise<Checkout | null> {
  try {
    return await valueWithin(completeCheckout(ctx, { sessionId }), WAITED_MS)
  } catch (error) {
    if (error instanceof NotFound) notFound()
    if (error instanceof Unavailable) return null
    throw error
  }
}

function NotYet({ here }: { here: string }) {
  return (
    <StripeSilent title="Your payment is being checked." here={here}>
      Your purchase is not lost: its credits will be added once Stripe responds.
    </StripeSilent>
  )
}
