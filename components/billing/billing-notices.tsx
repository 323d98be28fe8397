import { paymentProblemInWords } from '@/components/billing/plan-words'
import { buttonClass } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'
import type { BillingState } from '@/lib/billing'
import { findPack, isFreePlan, paidPlan, plan } from '@/lib/catalog'

type GoneOfferProps = { pack: string | undefined; wantsPlan: boolean; current: string }

/** A link that leads to what cannot be bought says so, instead of a page that looks as if nothing had been asked. */
export function GoneOfferNotice({ pack, wantsPlan, current }: GoneOfferProps) {
  if (pack !== undefined && !findPack(pack))
    return (
      <Notice
        tone="warn"
        title="That pack is no longer sold."
        action={
          <a href="#packs" className={buttonClass('secondary', 'sm')}>
            See the packs there are
          </a>
        }
      />
    )
  if (wantsPlan && !isFreePlan(current))
    return <Notice title={`You have ${plan(current).name} already.`}>Packs add credits on top of it.</Notice>
  return null
}

/** A payment that is late in coming, or failed, and what to do about it. */
export function PaymentNotice({ state }: { state: BillingState }) {
  const { name } = isFreePlan(state.plan) ? paidPlan() : plan(state.plan)
  if (state.isProcessing)
    return (
      <Notice title={`Your payment for ${name} is on its way.`}>
        Banks take some days. {name} starts when the money has arrived; until then you are on{' '}
        {plan(state.plan).name}.
      </Notice>
    )
  if (state.paymentProblem === null) return null
  const { invoiceUrl } = state.paymentProblem
  return (
    <Notice
      tone="bad"
      title={`The payment for ${name} failed.`}
      action={
        invoiceUrl && (
          <a href={invoiceUrl} className={buttonClass('primary', 'sm')}>
            Pay now
          </a>
        )
      }
    >
      {paymentProblemInWords(name, state.paymentProblem)}
    </Notice>
  )
}
