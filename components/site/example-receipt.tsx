import { ColorDot } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { findOperation, type PriceVersion } from '@/lib/catalog'
import { formatCredits } from '@/lib/millicredits'
import { explainLine, premiumBpsFor, priceUsage } from '@/lib/pricing'

const EXAMPLE = { operation: 'image.standard', usage: { images: 2, inputTokens: 1_400 } }

/** A receipt as every charge has one, computed by the code that charges. */
export function ExampleReceipt({ version, locale }: { version: PriceVersion; locale: string }) {
  const operation = findOperation(version, EXAMPLE.operation)
  if (!operation) return null
  const premiumBps = premiumBpsFor({ version, operation, inOthersApp: true })
  const price = priceUsage({ version, operation, usage: EXAMPLE.usage, premiumBps })
  return (
    <Panel
      title={
        <span className="flex items-center gap-2.5">
          <ColorDot colorVar={`--family-${operation.family}`} />
          {operation.name}
        </span>
      }
      description="Example of a receipt: two images, in someone else’s app"
    >
      <dl className="text-sm">
        {price.lines.map((line) => (
          <div
            key={line.label}
            className="flex items-baseline justify-between gap-6 border-b border-line py-2.5 first:pt-0"
          >
            <dt className="min-w-0">
              {line.label}
              <span className="mt-0.5 block text-label text-muted tabular-nums">
                {explainLine(line, locale)}
              </span>
            </dt>
            <dd className="tabular-nums">{formatCredits(line.amount, locale)}</dd>
          </div>
        ))}
        <div className="flex items-baseline justify-between gap-6 pt-3 font-medium">
          <dt>Total</dt>
          <dd className="tabular-nums">{formatCredits(price.total, locale)} credits</dd>
        </div>
      </dl>
    </Panel>
  )
}
