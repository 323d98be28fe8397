import type { ReactNode } from 'react'
import { ActionForm, type LeavingAction } from '@/components/billing/action-form'
import {
  buyPackLabel,
  changeLabel,
  trialLabel,
  trialTerms,
  upgradeLabel,
} from '@/components/billing/offer-words'
import { classNames } from '@/components/ui/class-names'
import { LinkButton } from '@/components/ui/link-button'
import type { BillingState } from '@/lib/billing'
import {
  type Catalog,
  findPlan,
  isFreePlan,
  isUpgrade,
  type Pack,
  type Plan,
  type Trial,
} from '@/lib/catalog'
import { dayInWords } from '@/lib/format'

/** The context of a buy button. `buyer` is null for a visitor. */
export type Buying = {
  buyer: Pick<
    BillingState,
    'plan' | 'subscribed' | 'status' | 'next' | 'isProcessing' | 'checked' | 'hadTrial'
  > | null
  buy: LeavingAction
  /** The currency of the prices, and of the checkout. */
  currency: string
  /** The page that checkout returns to; null for the billing page. */
  returnTo: string | null
}

const OPENING = 'Opening checkout…'

type UpgradeOfferProps = Buying & {
  catalog: Catalog
  plan: Plan
  focused?: boolean
  /** The terms, below the button. */
  terms?: string
}

/** The button that buys a plan or changes to it, for people who do not have it and have not just paid for one. */
export function UpgradeOffer({
  catalog,
  plan,
  focused,
  buyer,
  buy,
  currency,
  returnTo,
  terms,
}: UpgradeOfferProps) {
  const isFirst = buyer === null || isFreePlan(catalog, buyer.plan)
  const own = buyer === null ? undefined : findPlan(catalog, buyer.plan)
  const isUp = isFirst || (own !== undefined && isUpgrade(own, plan))
  if (buyer?.plan === plan.key || (!isFirst && buyer.status !== 'active')) return null
  if (buyer?.next?.plan === plan.key) return <Small>Begins on {dayInWords(buyer.next.at)}.</Small>
  const isPending = buyer !== null && (buyer.isProcessing || buyer.checked === 'payment')
  if (isPending && buyer.subscribed !== plan.key) return null
  if (buyer?.isProcessing)
    return (
      <Small>
        Your first payment for {plan.name} is on its way. {plan.name} starts when it has arrived.
      </Small>
    )
  if (buyer?.checked === 'payment') return <Small>Your payment for {plan.name} is being checked.</Small>
  const trial = isFirst && !buyer?.hadTrial ? plan.trial : null
  const label = labelOf(plan, { trial, isUp, currency })
  const shownTerms = trial === null ? terms : trialTerms(plan, trial, currency)
  if (buyer === null)
    return (
      <>
        <SignInFirst offer={`plan=${plan.key}&currency=${currency}`} label={label} primary />
        {shownTerms && <Small className="mt-3">{shownTerms}</Small>}
      </>
    )
  return (
    <>
      <ActionForm
        action={buy}
        fields={{ plan: plan.key, currency, returnTo }}
        label={label}
        busyLabel={isFirst ? OPENING : 'Opening…'}
        variant={isUp ? 'primary' : 'secondary'}
        focused={focused}
      />
      {shownTerms && isFirst && <Small className="mt-3">{shownTerms}</Small>}
    </>
  )
}

type Offered = { trial: Trial | null; isUp: boolean; currency: string }

function labelOf(plan: Plan, { trial, isUp, currency }: Offered): string {
  if (trial !== null) return trialLabel(plan, trial)
  return isUp ? upgradeLabel(plan, currency) : changeLabel(plan, currency)
}

function Small({ className, children }: { className?: string; children: ReactNode }) {
  return <p className={classNames('text-label text-muted', className)}>{children}</p>
}

export function PackOffer({
  pack,
  focused,
  buyer,
  buy,
  currency,
  returnTo,
}: Buying & { pack: Pack; focused?: boolean }) {
  const label = buyPackLabel(pack, currency)
  if (buyer === null) return <SignInFirst offer={`pack=${pack.key}&currency=${currency}`} label={label} />
  return (
    <ActionForm
      action={buy}
      fields={{ pack: pack.key, currency, returnTo }}
      label={label}
      busyLabel={OPENING}
      variant={focused ? 'primary' : 'secondary'}
      focused={focused}
    />
  )
}

/** A link to sign in and return to the billing page with the offer in view. */
function SignInFirst({ offer, label, primary }: { offer: string; label: string; primary?: boolean }) {
  const href = `/signin?returnTo=${encodeURIComponent(`/settings/billing?${offer}`)}`
  return (
    <LinkButton href={href} variant={primary ? 'primary' : 'secondary'} className="w-full">
      {label}
    </LinkButton>
  )
}
