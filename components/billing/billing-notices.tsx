import { paymentInWords } from '@/components/billing/payment-words'
import { planName } from '@/components/billing/plan-words'
import { buttonClass } from '@/components/ui/button'
import { LinkButton } from '@/components/ui/link-button'
import { Notice } from '@/components/ui/notice'
import type { BillingState } from '@/lib/billing'
import { type Catalog, findPack, findPlan, isSold } from '@/lib/catalog'
import { formatTime } from '@/lib/format'

type GoneOfferProps = {
  catalog: Catalog
  pack: string | undefined
  plan: string | undefined
  current: string
}

/** Explains that a linked offer is not for sale, instead of ignoring the link. */
export function GoneOfferNotice({ catalog, pack, plan, current }: GoneOfferProps) {
  if (pack !== undefined && !findPack(catalog, pack))
    return (
      <Notice
        tone="warn"
        title="That pack is no longer for sale."
        action={
          <a href="#packs" className={buttonClass('secondary', 'sm')}>
            See the available packs
          </a>
        }
      />
    )
  const sold = plan === undefined ? undefined : findPlan(catalog, plan)
  if (plan !== undefined && (!sold || !isSold(sold)))
    return (
      <Notice
        tone="warn"
        title="That plan is not for sale."
        action={
          <a href="#plans" className={buttonClass('secondary', 'sm')}>
            See the plans
          </a>
        }
      />
    )
  if (plan === current)
    return <Notice title={`You already have ${planName(current)}.`}>Packs add credits on top of it.</Notice>
  return null
}

/** Shown if Stripe has not responded: says how old the shown plan may be. */
export function OutdatedNotice({ readAt, here }: { readAt: Date | null; here: string }) {
  return (
    <Notice
      tone="warn"
      title="Your plan cannot be checked right now."
      action={
        <LinkButton href={here} size="sm" prefetch={false}>
          Try again
        </LinkButton>
      }
    >
      Stripe is not responding.
      {readAt && ` The plan is shown as it was on ${formatTime(readAt, 'dateTime')} UTC.`} Nothing is lost.
    </Notice>
  )
}

/** Describes a late, failed or unverified payment and what to do about it. */
export function PaymentNotice({ state }: { state: BillingState }) {
  const words = paymentInWords(state)
  if (words === null) return null
  const { tone, title, text, payUrl } = words
  return (
    <Notice
      tone={tone}
      title={title}
      action={
        payUrl && (
          <a href={payUrl} className={buttonClass('primary', 'sm')}>
            Pay now
          </a>
        )
      }
    >
      {text}
    </Notice>
  )
}
