import type { ChartSeries } from '@/components/charts/chart-data'
import { RefreshNote } from '@/components/dashboard/refresh-note'
import type { Live } from '@/components/dashboard/use-live'
import { amountOf } from '@/components/format/amount-of'
import { WholeCredits } from '@/components/format/credits'
import { DateTime } from '@/components/format/date-time'
import { ColorDot } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { type AppNames, appName } from '@/components/usage/app-names'
import { findSeries } from '@/components/usage/find-series'
import type { ListJson } from '@/lib/contract/fields'
import type { HoldJson } from '@/lib/contract/metering'

type HoldsPanelProps = {
  live: Live<ListJson<HoldJson>>
  apps: AppNames
  series: readonly ChartSeries[]
  /** Today as YYYY-MM-DD. A hold that expires on another day shows the day. */
  today: string
}

/** Open holds: "400 held by Story Studio until 14:05". */
export function HoldsPanel({ live, apps, series, today }: HoldsPanelProps) {
  if (live.data.data.length === 0) return null
  return (
    <Panel
      title="Held right now"
      description="Credits reserved while something runs. Unused ones are released automatically."
      flush
    >
      <ul className="divide-y divide-line border-t border-line">
        {live.data.data.map((hold) => {
          const operation = findSeries(series, hold.operation)
          return (
            <li key={hold.id} className="flex items-baseline gap-3 px-5 py-3 text-sm sm:px-6">
              <ColorDot colorVar={operation.colorVar} />
              <span className="flex min-w-0 flex-wrap gap-x-3 gap-y-1">
                <span className="min-w-0">
                  <WholeCredits amount={amountOf(hold.amount)} className="font-medium tabular-nums" /> held by{' '}
                  {hold.app === null ? operation.label : appName(apps, hold.app)} until{' '}
                  <DateTime
                    value={hold.expiresAt}
                    style={hold.expiresAt.startsWith(today) ? 'time' : 'dateTime'}
                  />
                </span>
                {hold.app !== null && <span className="text-label text-muted">{operation.label}</span>}
              </span>
            </li>
          )
        })}
      </ul>
      <RefreshNote what="Holds" live={live} />
    </Panel>
  )
}
