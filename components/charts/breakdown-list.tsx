import Link from 'next/link'
import {
  type BreakdownInput,
  type BreakdownRow,
  prepareBreakdown,
} from '@/components/charts/prepare-breakdown'
import { WholeCredits } from '@/components/format/credits'
import { ColorDot } from '@/components/ui/badge'
import { formatPercent } from '@/lib/format'

type BreakdownListProps = BreakdownInput & {
  /** The name of the list: "Credits by operation". */
  label: string
  /** The keys of the series that are switched off in the chart. */
  hidden?: readonly string[]
}

/** Each series' share of the total, largest first. A row is a link if its series has an `href`. */
export function BreakdownList({ label, values, series, hidden = [] }: BreakdownListProps) {
  const shown = values.filter(({ key }) => !hidden.includes(key))
  const { rows } = prepareBreakdown({ values: shown, series })
  return (
    <ul aria-label={label} className="divide-y divide-line">
      {rows.map((row) => (
        <li key={row.key} className="py-2 first:pt-0 last:pb-0">
          <BreakdownEntry row={row} />
        </li>
      ))}
    </ul>
  )
}

function BreakdownEntry({ row }: { row: BreakdownRow }) {
  const name = (
    <>
      <ColorDot colorVar={row.colorVar} />
      <span className="min-w-0 truncate">{row.label}</span>
    </>
  )
  return (
    <>
      <div className="flex items-baseline gap-2 text-label">
        {row.href ? (
          <Link
            href={row.href}
            scroll={false}
            className="flex min-w-0 items-center gap-2.5 underline-offset-4 hover:underline"
          >
            {name}
          </Link>
        ) : (
          <span className="flex min-w-0 items-center gap-2.5">{name}</span>
        )}
        <span className="ml-auto whitespace-nowrap tabular-nums">
          <WholeCredits amount={row.total} />
          <span className="sr-only"> credits</span>
        </span>
        <span className="w-12 text-right text-muted tabular-nums">{formatPercent(row.share, 1)}</span>
      </div>
      <div aria-hidden="true" className="mt-2 h-1 overflow-hidden rounded-full bg-sunken">
        <div
          className="h-full rounded-full"
          style={{ width: `${row.share * 100}%`, background: `var(${row.colorVar})` }}
        />
      </div>
    </>
  )
}
