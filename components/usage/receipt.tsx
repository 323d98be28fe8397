import { amountOf } from '@/components/credits/live-days'
import { ColorDot } from '@/components/ui/badge'
import { useLocale } from '@/components/ui/locale'
import type { AppNames } from '@/components/usage/app-names'
import { costOf, lineOf, placeOf, sourceNames } from '@/components/usage/charge-words'
import { IdRow, Row, Section } from '@/components/usage/receipt-rows'
import { RefundList } from '@/components/usage/refund-list'
import type { ChargeJson } from '@/lib/contract/metering'
import { formatCredits } from '@/lib/millicredits'
import { explainLine } from '@/lib/pricing/describe'

type ReceiptProps = { charge: ChargeJson; colorVar: string; apps: AppNames }

/** Why a charge came to what it came to, who paid it, and what it is known by elsewhere. */
export function Receipt({ charge, colorVar, apps }: ReceiptProps) {
  const locale = useLocale()
  const credits = (amount: number) => formatCredits(amountOf(amount), locale)
  return (
    <div className="space-y-7">
      <p className="flex items-baseline gap-2.5">
        <ColorDot colorVar={colorVar} />
        <span className="text-figure tabular-nums">{formatCredits(costOf(charge), locale)}</span>
        <span className="text-sm text-muted">credits · {placeOf(charge, apps)}</span>
      </p>

      <Section title="How it came to this">
        {charge.lines.map(lineOf).map((line) => (
          <Row key={`${line.kind} ${line.label}`} label={line.label} note={explainLine(line, locale)}>
            {formatCredits(line.amount, locale)}
          </Row>
        ))}
        <Row label="Total" strong>
          {credits(charge.total)}
        </Row>
        {charge.absorbed > 0 && (
          <Row label="Not charged" note="More than the hold and the balance covered; you never owe it">
            −{credits(charge.absorbed)}
          </Row>
        )}
        {charge.refunded > 0 && (
          <Row label="Refunded" note="Back where it came from; where that had ended, as promotional credits">
            −{credits(charge.refunded)}
          </Row>
        )}
        {charge.absorbed + charge.refunded > 0 && (
          <Row label="It cost you" strong>
            {formatCredits(costOf(charge), locale)}
          </Row>
        )}
      </Section>

      {charge.refunded > 0 && <RefundList charge={charge} />}

      <Section title="Paid from">
        {charge.funding.map(({ source, amount }) => (
          <Row key={source} label={sourceNames[source]}>
            {credits(amount)}
          </Row>
        ))}
        {charge.funding.length === 0 && <Row label="Nothing was taken">0</Row>}
      </Section>

      <Section title="Details">
        <Row label="Prices">version {charge.priceVersion}</Row>
        <IdRow label="Charge" id={charge.id} />
        {charge.hold !== null && <IdRow label="Hold" id={charge.hold} />}
        {charge.app !== null && <IdRow label="App" id={charge.app} />}
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
