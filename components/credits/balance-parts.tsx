'use client'

import { amountOf } from '@/components/credits/live-days'
import { dayInWords } from '@/components/credits/words'
import type { BalanceJson } from '@/components/dashboard/api-json'
import { Figure, FigureList } from '@/components/ui/figure'
import { useLocale } from '@/components/ui/locale'
import { Panel } from '@/components/ui/panel'
import { formatCredits } from '@/lib/millicredits'

/** The balance taken apart, to the thousandth: what can be spent, what is set aside, and where it comes from. */
export function BalanceParts({ balance }: { balance: BalanceJson }) {
  const locale = useLocale()
  const exact = (credits: number) => formatCredits(amountOf(credits), locale)
  const { allowance } = balance
  const ends =
    allowance.resetsAt === null
      ? 'Nothing until the plan is paid'
      : `Ends ${dayInWords(allowance.resetsAt, locale)}`
  return (
    <Panel
      title="Where your credits are"
      description="In the order they are spent: what expires soonest goes first."
    >
      <FigureList className="sm:grid-cols-3">
        <Figure label="Available" value={exact(balance.available)} hint="To spend now" />
        <Figure label="Held" value={exact(balance.held)} hint="Set aside for what is running" />
        <Figure
          label="Monthly allowance"
          value={exact(allowance.remaining)}
          unit={`of ${exact(allowance.limit)}`}
          hint={ends}
        />
        <Figure label="Packs" value={exact(balance.packs.remaining)} hint="Bought; survive the reset" />
        <Figure
          label="Promotional"
          value={exact(balance.promo.remaining)}
          hint="Given; each has its own end"
        />
        <Figure
          label="Moved rewards"
          value={exact(balance.moved.remaining)}
          hint="Earned by your apps; never expire"
        />
      </FigureList>
    </Panel>
  )
}
