import { ActionForm, type LeavingAction } from '@/components/billing/action-form'
import { buyPackLabel, upgradeLabel } from '@/components/billing/offer-words'
import { LinkButton } from '@/components/ui/link-button'
import type { BillingState } from '@/lib/billing'
import type { Pack, Plan } from '@/lib/catalog'

/** The context of a buy button. `buyer` is null for a visitor. */
export type Buying = {
  buyer: Pick<BillingState, 'plan' | 'isProcessing'> | null
  buy: LeavingAction
  /** The page that checkout returns to; null for the billing page. */
  returnTo: string | null
}

const OPENING = 'Opening checkout…'

/** The button that buys the paid plan, for people on another plan. */
export function UpgradeOffer({
  plan,
  focused,
  buyer,
  buy,
  returnTo,
}: Buying & { plan: Plan; focused?: boolean }) {
  if (buyer?.plan === plan.key) return null
  if (buyer?.isProcessing)
    return (
      <p className="text-label text-muted">
        Your first payment for {plan.name} is on its way. {plan.name} starts when it has arrived.
      </p>
    )
  const label = upgradeLabel(plan)
  if (buyer === null) return <SignInFirst offer={`plan=${plan.key}`} label={label} primary />
  return (
    <ActionForm
      action={buy}
      fields={{ plan: plan.key, returnTo }}
      label={label}
      busyLabel={OPENING}
      variant="primary"
      focused={focused}
    />
  )
}

export function PackOffer({
  pack,
  focused,
  buyer,
  buy,
  returnTo,
}: Buying & { pack: Pack; focused?: boolean }) {
  const label = buyPackLabel(pack)
  if (buyer === null) return <SignInFirst offer={`pack=${pack.key}`} label={label} />
  return (
    <ActionForm
      action={buy}
      fields={{ pack: pack.key, returnTo }}
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
