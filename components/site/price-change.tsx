import { DateTime } from '@/components/format/date-time'
import { ratesInWords } from '@/components/site/rate-words'
import { withPlan } from '@/components/site/tier-words'
import { Panel } from '@/components/ui/panel'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import { type AnnouncedChange, announcedChange, type PriceChange } from '@/lib/catalog/price-changes'
import type { Catalog, Operation } from '@/lib/catalog/types'
import { catalogAt, scheduledAfter } from '@/lib/catalogs/current'
import { formatBps } from '@/lib/format'

type PriceChangeNoticeProps = {
  now: Date
  /** The change to announce; by default the one that the catalogue announces at `now`. */
  change?: AnnouncedChange | null
}

/** The next price change with old and new prices. Renders nothing if no change is announced. */
export function PriceChangeNotice({ now, change }: PriceChangeNoticeProps) {
  const current = catalogAt(now)
  const shown = change === undefined ? announcedChange(current, scheduledAfter(now)) : change
  if (shown === null) return null
  const { premiumBps, effectiveAt, changes, version } = shown
  const when = <DateTime value={effectiveAt} />
  return (
    <Panel
      flush
      id="price-change"
      className="mb-4 border-accent"
      title={<>Prices change on {when}</>}
      description="Until then the prices below apply. Holds made before then keep their prices, and receipts never change."
    >
      <Table caption="What changes, in credits">
        <TableHead>
          <tr>
            <Th>Operation</Th>
            <Th>Until then</Th>
            <Th>From then on</Th>
          </tr>
        </TableHead>
        <TableBody>
          {changes.map((item) => (
            <ChangeRow key={item.operation} change={item} current={current} next={version} />
          ))}
          {premiumBps.before !== premiumBps.after && (
            <tr>
              <Th scope="row" className="align-top">
                Premium in others’ apps
              </Th>
              <Td>{formatBps(premiumBps.before)}</Td>
              <Td>{formatBps(premiumBps.after)}</Td>
            </tr>
          )}
        </TableBody>
      </Table>
    </Panel>
  )
}

type ChangeRowProps = { change: PriceChange; current: Catalog; next: Catalog }

function ChangeRow({ change: { before, after }, current, next }: ChangeRowProps) {
  return (
    <tr>
      <Th scope="row" className="align-top">
        {(after ?? before)?.name}
      </Th>
      <Td>
        <Price operation={before} catalog={current} none="not offered yet" />
      </Td>
      <Td>
        <Price operation={after} catalog={next} none="no longer offered" />
      </Td>
    </tr>
  )
}

type PriceProps = { operation: Operation | null; catalog: Catalog; none: string }

function Price({ operation, catalog, none }: PriceProps) {
  if (operation === null) return <span className="text-muted">{none}</span>
  return (
    <>
      <span className="block font-medium tabular-nums">{operation.shownAs}</span>
      <span className="block text-label text-muted tabular-nums">{ratesInWords(catalog, operation)}</span>
      <span className="block text-label text-muted">{withPlan(catalog, operation.tier)}</span>
    </>
  )
}
