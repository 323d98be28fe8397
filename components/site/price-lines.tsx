import { creditColumn, unitOf } from '@/lib/format'
import { explainLine, type Price } from '@/lib/pricing'

/** The lines of a price, as on a receipt. */
export function PriceLines({ price }: { price: Pick<Price, 'lines' | 'total'> }) {
  const { plain } = creditColumn([...price.lines.map(({ amount }) => amount), price.total])
  return (
    <dl className="text-sm">
      {price.lines.map((line) => (
        <div
          key={`${line.kind} ${line.label}`}
          className="flex items-baseline justify-between gap-6 border-b border-line py-2.5 first:pt-0"
        >
          <dt className="min-w-0">
            {line.label}
            <span className="mt-0.5 block text-label text-muted tabular-nums">{explainLine(line)}</span>
          </dt>
          <dd className="tabular-nums">{plain(line.amount)}</dd>
        </div>
      ))}
      <div className="flex items-baseline justify-between gap-6 pt-3 font-medium">
        <dt>Total</dt>
        <dd className="tabular-nums">
          {plain(price.total)} {unitOf(price.total)}
        </dd>
      </div>
    </dl>
  )
}
