import Link from 'next/link'
import { WholeCredits } from '@/components/format/credits'
import { costOfUse } from '@/components/rewards/reward-words'
import { ColorDot } from '@/components/ui/badge'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import { creditColumn, formatCount, formatWholeCredits, plural, wholeCreditsInWords } from '@/lib/format'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { nameInText } from '@/lib/names'

/** An operation in an app and its price to the app's users. */
export type OperationRow = {
  key: string
  label: string
  colorVar: string
  uses: number
  paid: Millicredits
  earned: Millicredits
  /** The cheaper alternative with its typical price; null if there is none. */
  cheaper: string | null
}

export type AppRewardsRow = {
  id: string
  name: string
  slug: string
  /** The rewards after refunds. */
  earned: Millicredits
  reversed: Millicredits
  onHold: Millicredits
  /** Null if there are too few payers. */
  figures: { uses: number; paid: Millicredits } | null
  operations: OperationRow[] | null
}

type AppRewardsProps = { apps: AppRewardsRow[]; payersMin: string }

/** Each app's rewards and, if there are enough payers, the average price of a use. */
export function AppRewards({ apps, payersMin }: AppRewardsProps) {
  return (
    <ul aria-label="Rewards by app" className="divide-y divide-line">
      {apps.map((app) => (
        <li key={app.id} className="py-5 first:pt-0 last:pb-0">
          <OneApp app={app} payersMin={payersMin} />
        </li>
      ))}
    </ul>
  )
}

type OneAppProps = Omit<AppRewardsProps, 'apps'> & { app: AppRewardsRow }

function OneApp({ app, payersMin }: OneAppProps) {
  const amount = formatWholeCredits
  const notes = [
    app.reversed > 0 && `${amount(app.reversed)} taken back by refunds`,
    app.onHold > 0 && `${amount(app.onHold)} on hold`,
  ].filter(Boolean)
  return (
    <>
      <div className="flex flex-wrap items-baseline justify-between gap-x-8 gap-y-1">
        <h3 className="min-w-0 text-sm font-medium">
          <Link
            href={`/settings/rewards?app=${encodeURIComponent(app.slug)}`}
            className="break-words underline-offset-4 hover:underline"
          >
            {app.name}
          </Link>
        </h3>
        <p className="text-sm tabular-nums">
          <WholeCredits amount={app.earned} className="font-medium" />{' '}
          <span className="text-muted">credits</span>
        </p>
      </div>
      {notes.length > 0 && <p className="mt-0.5 text-label text-muted tabular-nums">{notes.join(' · ')}</p>}
      {app.figures === null || app.operations === null ? (
        <p className="mt-2 max-w-prose text-label text-muted">
          How many times it was used, and with which operations, is shown for days on which at least{' '}
          {payersMin} people paid. This way nobody can be identified.
        </p>
      ) : (
        <>
          <p className="mt-0.5 text-label text-muted tabular-nums">
            {plural(app.figures.uses, 'use')}; one cost its user{' '}
            {wholeCreditsInWords(millicredits(costOfUse(app.figures.paid, app.figures.uses)))} on average,
            premium included
          </p>
          <Operations name={app.name} rows={app.operations} />
        </>
      )}
    </>
  )
}

function Operations({ name, rows }: { name: string; rows: OperationRow[] }) {
  const costs = creditColumn(rows.map(({ paid, uses }) => costOfUse(paid, uses)))
  const earnings = creditColumn(rows.map(({ earned }) => earned))
  return (
    <Table
      caption={`What a use of ${nameInText(name)} costs, by operation`}
      frameClassName="mt-3 rounded-md border border-line"
    >
      <TableHead>
        <tr>
          <Th>Operation</Th>
          <Th numeric>Uses</Th>
          <Th numeric>A use costs</Th>
          <Th numeric>You earned</Th>
        </tr>
      </TableHead>
      <TableBody>
        {rows.map((row) => (
          <tr key={row.key}>
            <Th scope="row" className="min-w-40 font-normal">
              <span className="flex items-center gap-2.5">
                <ColorDot colorVar={row.colorVar} />
                {row.label}
              </span>
              {row.cheaper && <span className="mt-0.5 block text-label text-muted">{row.cheaper}</span>}
            </Th>
            <Td numeric>{formatCount(row.uses)}</Td>
            <Td numeric>{costs.plain(costOfUse(row.paid, row.uses))}</Td>
            <Td numeric>{earnings.plain(row.earned)}</Td>
          </tr>
        ))}
      </TableBody>
    </Table>
  )
}
