import { paymentProblemInWords, planName } from '@/components/billing/plan-words'
import { buttonClass } from '@/components/ui/button'
import { LinkButton } from '@/components/ui/link-button'
import { Notice } from '@/components/ui/notice'
import type { BillingState } from '@/lib/billing'
import { type Catalog, findPack, isFreePlan } from '@/lib/catalog'
import { formatTime } from '@/lib/format'

type GoneOfferProps = { catalog: Catalog; pack: string | undefined; wantsPlan: boolean; current: string }

/** Explains that a linked offer is not for sale, instead of ignoring the link. */
export function GoneOfferNotice({ catalog, pack, wantsPlan, current }: GoneOfferProps) {
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
  if (wantsPlan && !isFreePlan(catalog, current))
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
  const name = planName(state.subscribed ?? state.plan)
  if (state.checked !== null)
    return (
      <Notice
        tone="warn"
        title={state.checked === 'payment' ? 'Paid, being checked.' : `${name} is being checked.`}
      >
        {state.checked === 'payment'
          ? `A payment for ${name} arrived, but it does not match our price. We are checking it now: you will get what you paid for or your money back.`
          : `Our payment provider cannot find your subscription right now. You keep ${name} while we check this, and you can still buy packs.`}
      </Notice>
    )
  if (state.isProcessing)
    return (
      <Notice title={`Your payment for ${name} is on its way.`}>
        Banks take some days. {name} starts when the money has arrived; until then you are on{' '}
        {planName(state.plan)}.
      </Notice>
    )
  if (state.paymentProblem === null) return null
  const { invoiceUrl } = state.paymentProblem
  const { title, text, tone } = problemOf(state, name)
  return (
    <Notice
      tone={tone}
      title={title}
      action={
        invoiceUrl && (
          <a href={invoiceUrl} className={buttonClass('primary', 'sm')}>
            Pay now
          </a>
        )
      }
    >
      {text}
    </Notice>
  )
}

type Problem = { tone: 'warn' | 'bad'; title: string; text: string }

function problemOf(state: BillingState, name: string): Problem {
  switch (state.status) {
    case 'incomplete':
      return {
        tone: 'warn',
        title: `Your payment for ${name} is not finished.`,
        text: `${name} starts when it is. Your bank may want you to confirm it, or another card.`,
      }
    case 'invoiced':
      return {
        tone: 'warn',
        title: `Your invoice for ${name} is waiting to be paid.`,
        text: `You keep ${name} meanwhile; new credits come when it is paid. Packs and other credits can be spent.`,
      }
    case 'unpaid':
      return {
        tone: 'bad',
        title: `${name} stopped: its payment failed.`,
        text: `Pay the open invoice to get ${name} back at once, or buy it again below. Until then you are on ${planName(state.plan)}.`,
      }
    default: {
      const text = paymentProblemInWords(name, state.paymentProblem ?? { nextAttemptAt: null })
      return { tone: 'bad', title: `The payment for ${name} failed.`, text }
    }
  }
}
