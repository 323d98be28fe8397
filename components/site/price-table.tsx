import { familyColorVar, operationColorVar } from '@/components/charts/operation-color'
import { ratesInWords, unitInWords } from '@/components/site/rate-words'
import { tierBadge } from '@/components/site/tier-words'
import { Badge, ColorDot, IdentityBadge } from '@/components/ui/badge'
import { Table, TableHead, Td, Th } from '@/components/ui/table'
import type { Catalog, Family, Operation } from '@/lib/catalog/types'
import { formatBps } from '@/lib/format'
import { premiumBpsFor } from '@/lib/pricing'

type PriceTableProps = { catalog: Catalog }

/** Every operation with its typical price and exact rate, taken from the catalogue that charges use. */
export function PriceTable({ catalog }: PriceTableProps) {
  return (
    <Table caption="What each operation costs, in credits">
      <TableHead>
        <tr>
          <Th>Operation</Th>
          <Th>Typical price</Th>
          <Th className="hidden md:table-cell">Exact rate, in credits</Th>
        </tr>
      </TableHead>
      {catalog.families.map((family) => (
        <FamilyRows key={family.key} family={family} catalog={catalog} />
      ))}
    </Table>
  )
}

function FamilyRows({ family, catalog }: PriceTableProps & { family: Family }) {
  const operations = catalog.operations.filter((operation) => operation.family === family.key)
  if (operations.length === 0) return null
  const premiumOf = (operation: Operation) =>
    premiumBpsFor({ version: catalog, operation, inOthersApp: true })
  const premiumBps = Math.max(...operations.map(premiumOf))
  return (
    <tbody className="border-t border-line first-of-type:border-t-0">
      <tr>
        <Th scope="rowgroup" colSpan={3} className="pt-6 pb-1">
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <IdentityBadge colorVar={familyColorVar(family.key)}>{family.label}</IdentityBadge>
            <span className="text-label font-normal text-muted">
              {premiumBps > 0 ? `+${formatBps(premiumBps)} in others’ apps` : 'never a premium'}
            </span>
          </span>
        </Th>
      </tr>
      {operations.map((operation) => (
        <OperationRow
          key={operation.key}
          operation={operation}
          catalog={catalog}
          // Shown if the family's heading does not apply.
          isWithoutPremium={premiumBps > 0 && premiumOf(operation) === 0}
        />
      ))}
    </tbody>
  )
}

type OperationRowProps = PriceTableProps & { operation: Operation; isWithoutPremium: boolean }

function OperationRow({ operation, catalog, isWithoutPremium }: OperationRowProps) {
  const rates = ratesInWords(catalog, operation)
  const badge = tierBadge(catalog, operation.tier)
  return (
    <tr>
      <Th scope="row" className="py-4 align-top font-normal">
        <span className="flex items-start gap-2.5">
          <ColorDot colorVar={operationColorVar(catalog, operation)} className="mt-[5px]" />
          <span className="min-w-0">
            <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
              <span className="font-medium">{operation.name}</span>
              {badge !== null && <Badge tone="accent">{badge}</Badge>}
              {isWithoutPremium && <span className="text-label text-muted">never a premium</span>}
            </span>
            <span className="mt-1 block text-label text-muted">{operation.description}</span>
            <span className="mt-0.5 block text-label text-muted">{operation.examples.join(' · ')}</span>
            <span className="mt-2 block text-label text-ink md:hidden">{rates}</span>
          </span>
        </span>
      </Th>
      <Td className="py-4">
        <ShownPrice shownAs={operation.shownAs} />
        <span className="block whitespace-nowrap text-label text-muted">
          {unitInWords(catalog, operation)}
        </span>
      </Td>
      <Td className="hidden max-w-80 py-4 text-label tabular-nums md:table-cell">{rates}</Td>
    </tr>
  )
}

/** Lets "~100–1000 credits" break before its unit on a phone, but never inside its range. */
function ShownPrice({ shownAs }: { shownAs: string }) {
  const space = shownAs.indexOf(' ')
  const range = space < 0 ? shownAs : shownAs.slice(0, space)
  return (
    <span className="block font-medium tabular-nums md:whitespace-nowrap">
      <span className="whitespace-nowrap">{range}</span>
      {shownAs.slice(range.length)}
    </span>
  )
}
