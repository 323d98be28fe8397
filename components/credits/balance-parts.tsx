import { resetInWords } from '@/components/credits/words'
import { amountOf } from '@/components/format/amount-of'
import { WholeCredits } from '@/components/format/credits'
import { Figure } from '@/components/ui/figure'
import { Panel } from '@/components/ui/panel'
import type { BalanceJson } from '@/lib/contract/account'
import { dayInWords, formatWholeCredits } from '@/lib/format'
import type { Millicredits } from '@/lib/millicredits'
import { isBeingRenewed } from '@/lib/usage/period-choices'

type BalancePartsProps = {
  balance: BalanceJson
  /** True if packs are for sale. */
  sellsPacks: boolean
  /** The promotional credits that expire next; null if none expire. */
  promoEnd: { amount: Millicredits; expiresAt: string } | null
  /** The current time by the product's clock. */
  now: Date
}

/** The parts of the balance: available, held, and by source. */
export function BalanceParts({ balance, sellsPacks, promoEnd, now }: BalancePartsProps) {
  const whole = (credits: number) => <WholeCredits amount={amountOf(credits)} />
  const { allowance } = balance
  const showsPacks = sellsPacks || balance.packs.remaining > 0
  const ends =
    allowance.resetsAt === null
      ? 'none until the plan is paid'
      : isBeingRenewed(new Date(allowance.resetsAt), now)
        ? 'its renewal is being paid'
        : resetInWords(allowance.resetsAt, null)
  const promoHint =
    promoEnd === null
      ? 'Granted; each expires at its own time'
      : `Granted; ${formatWholeCredits(promoEnd.amount)} expire ${dayInWords(promoEnd.expiresAt)}`
  return (
    <Panel
      title="Where your credits are"
      description={`Credits that expire soonest are spent first${showsPacks ? ', so the allowance is used before packs' : ''}.`}
    >
      <dl
        className={`grid grid-cols-2 gap-x-6 gap-y-6 sm:grid-cols-3 ${showsPacks ? 'lg:grid-cols-6' : 'lg:grid-cols-5'}`}
      >
        <Figure label="Available" value={whole(balance.available)} hint="Ready to spend" />
        <Figure label="Held" value={whole(balance.held)} hint="Reserved for running work" />
        <Figure
          label="Monthly allowance"
          value={whole(allowance.remaining)}
          hint={`Of ${formatWholeCredits(amountOf(allowance.limit))}; ${ends}`}
        />
        {showsPacks && (
          <Figure label="Packs" value={whole(balance.packs.remaining)} hint="Bought; survive the reset" />
        )}
        <Figure label="Promotional" value={whole(balance.promo.remaining)} hint={promoHint} />
        <Figure
          label="Moved rewards"
          value={whole(balance.moved.remaining)}
          hint="From your apps; never expire"
        />
      </dl>
    </Panel>
  )
}
