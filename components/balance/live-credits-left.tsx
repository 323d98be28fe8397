'use client'

import { type Pace, useBalance } from '@/components/balance/balance-store'
import { amountOf } from '@/components/format/amount-of'
import { WholeCredits } from '@/components/format/credits'
import type { BalanceJson } from '@/lib/contract/account'
import { wholeUnitOf } from '@/lib/format'

type LiveCreditsLeftProps = { balance: BalanceJson; renderedAt: string; pace: Pace }

/** "976 credits left", kept current. */
export function LiveCreditsLeft({ balance: initial, renderedAt, pace }: LiveCreditsLeftProps) {
  const balance = useBalance(initial, renderedAt, pace)
  const available = amountOf(balance.available)
  return (
    <>
      <WholeCredits amount={available} className="font-medium" />{' '}
      <span className="text-muted">{wholeUnitOf(available)} left</span>
    </>
  )
}
