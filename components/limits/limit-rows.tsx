import type { AppAction } from '@/components/apps/app-json'
import { LimitForm } from '@/components/limits/limit-form'
import { reachedInWords, resetInWords, usedInWords, WINDOW_WORDS } from '@/components/limits/limit-words'
import { Meter } from '@/components/ui/meter'
import type { LimitState } from '@/lib/credits/verbs/set-limit'
import { toCredits } from '@/lib/millicredits'

const EACH = { day: 'Daily', week: 'Weekly', month: 'Monthly' } as const

export type LimitRow = LimitState & {
  /** Names the scope in the form. */
  target: string
  /** The heading of the row; the window if there is none. */
  title?: string
}

type LimitRowsProps = {
  /** The scope in words: "your account". */
  of: string
  rows: LimitRow[]
  action: AppAction
}

/** The use of each limit, and a form to set or remove it. */
export function LimitRows({ of, rows, action }: LimitRowsProps) {
  return (
    <ul aria-label={`Limits of ${of}`} className="divide-y divide-line">
      {rows.map((row) => (
        <li key={`${row.target} ${row.window}`} className="px-5 py-4 sm:px-6">
          <Row row={row} of={row.title ?? of} action={action} />
        </li>
      ))}
    </ul>
  )
}

function Row({ row, of, action }: { row: LimitRow; of: string; action: AppAction }) {
  const { window, amount, used, held, target, title } = row
  const words = usedInWords(row)
  const reached = reachedInWords(row)
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-8 gap-y-3">
        <div className="min-w-0">
          <h3 className="text-sm font-medium break-words">
            {title === undefined
              ? WINDOW_WORDS[window].label
              : `${title}: ${WINDOW_WORDS[window].label.toLowerCase()}`}
          </h3>
          <p className="mt-1 text-label text-muted tabular-nums">
            {words} · {resetInWords(row)}
          </p>
        </div>
        <LimitForm
          // After a change, the field shows the amount that is stored now.
          key={String(amount)}
          action={action}
          fields={{ target, window }}
          name={`${EACH[window]} limit of ${of}`}
          amount={amount}
        />
      </div>
      {amount !== null && (
        <Meter
          className="mt-3"
          label={`${EACH[window]} limit of ${of} used`}
          value={toCredits(used) + toCredits(held)}
          max={toCredits(amount)}
          valueText={words}
          tone={reached === null ? 'accent' : 'warn'}
        />
      )}
      {reached && <p className="mt-2 text-label text-warn">{reached}</p>}
    </>
  )
}
