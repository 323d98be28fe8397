import type { ReactNode } from 'react'
import { WholeCredits } from '@/components/format/credits'
import { Figure, FigureList } from '@/components/ui/figure'
import { Panel } from '@/components/ui/panel'
import { formatCredits } from '@/lib/format'
import type { Rewards } from '@/lib/rewards/get-rewards'

type RewardSummaryProps = {
  rewards: Rewards
  /**
   * The comparison with the days before. `hidden` explains which figures are withheld for the payers' privacy; null if none
   * are.
   */
  comparison: { words: string; hidden: string | null }
  /** The daily velocity limits in words: per payer, and in total. */
  limits: { perPayer: string; perCreator: string }
  transfer: ReactNode
}

/** The reward balance, how it came about, and the form that moves it. */
export function RewardSummary({ rewards, comparison, limits, transfer }: RewardSummaryProps) {
  const exact = formatCredits
  const { balance, onHold, owed, reversed, transferred, earnedTotal, earnedThisMonth } = rewards
  return (
    <Panel>
      <div className="grid gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <div className="min-w-0">
          <h2 className="tabular-nums">
            <WholeCredits amount={balance} className="text-figure" />{' '}
            <span className="ml-1 text-base font-normal">reward credits</span>
          </h2>
          <p className="mt-1.5 text-sm text-muted tabular-nums">
            {exact(earnedTotal)} earned − {exact(reversed)} taken back by refunds − {exact(transferred)} moved
            − {exact(onHold)} on hold
            {owed > 0 ? ` = ${exact(owed)} owed` : ` = ${exact(balance)}`}
          </p>
          <p className="mt-4 max-w-prose text-sm tabular-nums">{comparison.words}</p>
          {comparison.hidden && (
            <p className="mt-1.5 max-w-prose text-label text-muted">{comparison.hidden}</p>
          )}
        </div>
        <div className="min-w-0">{transfer}</div>
      </div>
      <FigureList className="mt-8 border-t border-line pt-6">
        <Figure
          label="This month"
          value={<WholeCredits amount={earnedThisMonth} />}
          hint="Calendar month (UTC), before refunds"
        />
        <Figure label="All time" value={<WholeCredits amount={earnedTotal} />} hint="Before refunds" />
        <Figure
          label="On hold"
          value={<WholeCredits amount={onHold} />}
          hint={`Rewards beyond ${limits.perPayer} a day from one person, or ${limits.perCreator} in total, are withheld: you can see them but not move them`}
        />
        <Figure
          label="Owed"
          value={<WholeCredits amount={owed} />}
          hint={
            owed > 0
              ? 'Refunds, of a use or of the money behind its credits, took back rewards you had moved; your next rewards make up for it'
              : 'Only if refunds, of a use or of the money behind its credits, take back rewards you have moved'
          }
        />
      </FigureList>
    </Panel>
  )
}
