import { amountOf } from '@/components/credits/live-days'
import { dayInWords } from '@/components/credits/words'
import { Figure } from '@/components/ui/figure'
import { useLocale } from '@/components/ui/locale'
import { Panel } from '@/components/ui/panel'
import type { BalanceJson } from '@/lib/contract/account'
import { formatCredits, type Millicredits } from '@/lib/millicredits'
import { isBeingRenewed } from '@/lib/usage/periods'

type BalancePartsProps = {
  balance: BalanceJson
  /** The promotional credits that end next; null when none do. */
  promoEnd: { amount: Millicredits; expiresAt: string } | null
  /** The product's time. */
  now: Date
}

/** The balance taken apart, to the thousandth: what can be spent, what is set aside, and where it comes from. */
export function BalanceParts({ balance, promoEnd, now }: BalancePartsProps) {
  const locale = useLocale()
  const exact = (credits: number) => formatCredits(amountOf(credits), locale)
  const { allowance } = balance
  const ends =
    allowance.resetsAt === null
      ? 'none until the plan is paid'
      : isBeingRenewed(new Date(allowance.resetsAt), now)
        ? 'its renewal is being paid'
        : `ends ${dayInWords(allowance.resetsAt, locale)}`
  const promoHint =
    promoEnd === null
      ? 'Given; each has its own end'
      : `Given; ${formatCredits(promoEnd.amount, locale)} end ${dayInWords(promoEnd.expiresAt, locale)}`
  return (
    <Panel
      title="Where your credits are"
      description="What expires soonest is spent first, so the allowance goes before packs."
    >
      <dl className="grid grid-cols-2 gap-x-6 gap-y-6 sm:grid-cols-3 lg:grid-cols-6">
        <Figure label="Available" value={exact(balance.available)} hint="To spend now" />
        <Figure label="Held" value={exact(balance.held)} hint="Set aside for what is running" />
        <Figure
          label="Monthly allowance"
          value={exact(allowance.remaining)}
          hint={`Of ${exact(allowance.limit)}; ${ends}`}
        />
        <Figure label="Packs" value={exact(balance.packs.remaining)} hint="Bought; survive the reset" />
        <Figure label="Promotional" value={exact(balance.promo.remaining)} hint={promoHint} />
        <Figure
          label="Moved rewards"
          value={exact(balance.moved.remaining)}
          hint="From your apps; never expire"
        />
      </dl>
    </Panel>
  )
}
