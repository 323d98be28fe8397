import { Figure, FigureList } from '@/components/ui/figure'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import type { Context } from '@/lib/context'
import { formatCount, formatCredits, formatMoneyInColumn } from '@/lib/format'
import { type MonthlyReport, readMonthlyReport } from '@/lib/operator/report'
import { CreditTable, MoneyTable, RewardTable } from './tables'

type ReportProps = { ctx: Context; month: string }

/** The figures of one month and whether they add up. Reads all movements since the month began. */
export async function Report({ ctx, month }: ReportProps) {
  const report = await readMonthlyReport(ctx, { month })
  const { rewards, rewardsClosing, onHoldBy, moneyTotals, charges, absorbed } = report
  const credits = formatCredits
  return (
    <div className="space-y-6">
      <Balance report={report} />
      <Panel
        flush
        title="Credits"
        description="opening + issued − used − expired − revoked = closing. The balances include held credits."
      >
        <CreditTable report={report} />
      </Panel>
      <Panel
        flush
        title="Money"
        description="The same credits at the price paid for them, excluding tax. Unused credits are deferred revenue; used or expired ones are earned."
        footer={
          moneyTotals.length > 0 && (
            <FigureList className="md:grid-cols-3">
              {moneyTotals.map(({ currency, money }) => (
                <Figure
                  key={currency}
                  label="Returned for credits already used"
                  value={formatMoneyInColumn(money.alreadyUsed, currency)}
                  hint="not in any column; no credits were left to revoke"
                />
              ))}
            </FigureList>
          )
        }
      >
        {moneyTotals.length === 0 ? (
          <p className="px-5 pb-5 text-sm text-muted sm:px-6">There were no paid credits this month.</p>
        ) : (
          <MoneyTable report={report} />
        )}
      </Panel>
      <Panel
        flush
        title="Creators’ rewards, in credits"
        description="opening + earned − reversed − moved = closing, by the credits that funded them."
        footer={
          <FigureList className="md:grid-cols-3">
            <Figure label="Can be moved" value={credits(rewardsClosing.movable)} unit="credits" />
            <Figure
              label="On hold"
              value={credits(rewardsClosing.onHold)}
              unit="credits"
              hint={`above the daily limits: ${credits(onHoldBy.paid)} funded by paid credits, ${credits(onHoldBy.free)} by free ones`}
            />
            <Figure
              label="Owed by creators"
              value={credits(rewardsClosing.owed)}
              unit="credits"
              hint="taken back after they were moved"
            />
          </FigureList>
        }
      >
        <RewardTable rewards={rewards} />
      </Panel>
      <Panel title="Use">
        <FigureList className="sm:grid-cols-2">
          <Figure label="Charges" value={formatCount(charges)} />
          <Figure
            label="Absorbed"
            value={credits(absorbed)}
            unit="credits"
            hint="used beyond a hold and not covered by the balance"
          />
        </FigureList>
      </Panel>
    </div>
  )
}

function Balance({ report: { balances, checks, isRunning, month } }: { report: MonthlyReport }) {
  if (!balances)
    return (
      <Notice tone="bad" title={`The report for ${month.name} does not add up.`}>
        <ul className="list-disc pl-5">
          {checks
            .filter(({ drifted }) => drifted > 0)
            .map(({ rule, states, drifted }) => (
              <li key={rule}>
                The figures disagree in {drifted === 1 ? 'one place' : `${drifted} places`}: {states}.
              </li>
            ))}
        </ul>
        <p className="mt-2">
          <code>npm run audit</code> names the accounts and grants.
        </p>
      </Notice>
    )
  return (
    <Notice tone="good" title={`${month.name} adds up, to the thousandth of a credit.`}>
      {isRunning
        ? 'The month is still running: its closing amount is what accounts hold right now.'
        : 'The month is over: its figures no longer change.'}
    </Notice>
  )
}
