import { amountOf } from '@/components/format/amount-of'
import { ColorDot } from '@/components/ui/badge'
import type { AppNames } from '@/components/usage/app-names'
import { costOf, lineOf, placeOf, sourceNames } from '@/components/usage/charge-words'
import { IdRow, Row, Section } from '@/components/usage/receipt-rows'
import { RefundList } from '@/components/usage/refund-list'
import type { ChargeJson } from '@/lib/contract/metering'
import { creditColumn, formatCredits, unitOf } from '@/lib/format'
import { explainLine } from '@/lib/pricing/describe'

type ReceiptProps = { charge: ChargeJson; colorVar: string; apps: AppNames }

/** Explains a charge: its lines, its funding and its ids. */
export function Receipt({ charge, colorVar, apps }: ReceiptProps) {
  const lines = charge.lines.map(lineOf)
  const cost = costOf(charge)
  const { plain, signed } = creditColumn([
    ...lines.map(({ amount }) => amount),
    ...charge.funding.map(({ amount }) => amountOf(amount)),
    amountOf(charge.total),
    amountOf(charge.absorbed),
    amountOf(charge.refunded),
    cost,
  ])
  return (
    <div className="space-y-7">
      <p className="flex items-baseline gap-2.5">
        <ColorDot colorVar={colorVar} />
        <span className="text-figure tabular-nums">{formatCredits(cost)}</span>{' '}
        <span className="text-sm text-muted">
          {unitOf(cost)} · {placeOf(charge, apps)}
        </span>
      </p>

      <Section title="How this price was computed">
        {lines.map((line) => (
          <Row key={`${line.kind} ${line.label}`} label={line.label} note={explainLine(line)}>
            {plain(line.amount)}
          </Row>
        ))}
        <Row label="Total" strong>
          {plain(amountOf(charge.total))}
        </Row>
        {charge.absorbed > 0 && (
          <Row
            label="Not charged"
            note="The part that the hold and the balance did not cover; you never owe it"
          >
            {signed(-amountOf(charge.absorbed))}
          </Row>
        )}
        {charge.refunded > 0 && (
          <Row
            label="Refunded"
            note="Returned to the grants it came from, or as promotional credits if a grant had expired"
          >
            {signed(-amountOf(charge.refunded))}
          </Row>
        )}
        {charge.absorbed + charge.refunded > 0 && (
          <Row label="It cost you" strong>
            {plain(cost)}
          </Row>
        )}
      </Section>

      {charge.refunded > 0 && <RefundList charge={charge} />}

      <Section title="Paid from">
        {charge.funding.map(({ source, amount }) => (
          <Row key={source} label={sourceNames[source]}>
            {plain(amountOf(amount))}
          </Row>
        ))}
        {charge.funding.length === 0 && <Row label="Nothing was taken">0</Row>}
      </Section>

      <Section title="Details">
        <Row label="Prices">version {charge.priceVersion}</Row>
        <IdRow label="Charge" id={charge.id} />
        {charge.hold !== null && <IdRow label="Hold" id={charge.hold} />}
        {charge.app !== null && <IdRow label="App" id={charge.app} />}
        {charge.run !== null && <IdRow label="Run" id={charge.run} />}
        {charge.reference !== null && <IdRow label="Reference" id={charge.reference} />}
        {charge.fingerprint !== null && <IdRow label="Fingerprint" id={charge.fingerprint} />}
        {Object.entries(charge.metadata ?? {}).map(([key, value]) => (
          <Row key={key} label={key}>
            <span className="break-words">{value}</span>
          </Row>
        ))}
      </Section>
    </div>
  )
}
