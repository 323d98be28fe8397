import { DateTime } from '@/components/format/date-time'
import { Notice } from '@/components/ui/notice'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import { operationEver } from '@/lib/catalogs/current'
import { formatCredits, formatWholeCredits, plural } from '@/lib/format'
import type { Millicredits } from '@/lib/millicredits'
import type { OwnPriceChange as Change, OwnFigures } from '@/lib/usage/own-price-change'

type OwnPriceChangeProps = {
  /** Null if no change is announced or if it cannot be read. */
  change: Change | null
  /** `earned`: the figure is a creator's rewards. */
  side?: 'paid' | 'earned'
  byOperation?: boolean
}

const credits = (amount: number) => formatCredits(amount as Millicredits)

/** The announced price change with the person's own figure. Renders nothing if no change is announced. */
export function OwnPriceChange({ change, side = 'paid', byOperation = false }: OwnPriceChangeProps) {
  if (change === null) return null
  const { effectiveAt, figures } = change
  return (
    <Notice
      title={
        <>
          Prices change on <DateTime value={effectiveAt} />
        </>
      }
    >
      {figures && <p>{inWords(figures, side)}</p>}
      <p className="mt-1">
        <a href="/pricing#price-change" className="font-medium underline underline-offset-4">
          Old and new prices
        </a>
      </p>
      {figures && byOperation && <ByOperation figures={figures} />}
    </Notice>
  )
}

function inWords({ total, unpriced }: OwnFigures, side: 'paid' | 'earned'): string {
  const [before, after] = [total.before, total.after].map((amount) =>
    formatWholeCredits(amount as Millicredits),
  )
  const what =
    side === 'paid'
      ? `your last 30 days would have cost ${after} credits instead of ${before}`
      : `you would have earned ${after} credits in the last 30 days instead of ${before}`
  const left =
    unpriced === 0
      ? ''
      : ` ${plural(unpriced, 'use')} of operations that end then ${unpriced === 1 ? 'is' : 'are'} left out.`
  return `With the new prices ${what}, up to yesterday.${left}`
}

function ByOperation({ figures }: { figures: OwnFigures }) {
  return (
    <details className="mt-2">
      <summary className="cursor-pointer font-medium">By operation</summary>
      <Table caption="Your last 30 days in credits, by operation" className="mt-2">
        <TableHead>
          <tr>
            <Th>Operation</Th>
            <Th numeric>Was</Th>
            <Th numeric>Would have been</Th>
          </tr>
        </TableHead>
        <TableBody>
          {figures.operations.map(({ operation, before, after }) => (
            <tr key={operation}>
              <Td>{operationEver(operation)?.name ?? operation}</Td>
              <Td numeric>{credits(before)}</Td>
              <Td numeric>{credits(after)}</Td>
            </tr>
          ))}
        </TableBody>
      </Table>
    </details>
  )
}
