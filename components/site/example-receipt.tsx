import { PriceLines } from '@/components/site/price-lines'
import { ColorDot } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { findOperation, type PriceVersion } from '@/lib/catalog'
import { premiumBpsFor, priceUsage } from '@/lib/pricing'

const EXAMPLE = { operation: 'image.standard', usage: { images: 2, inputTokens: 1_400 } }

/** An example receipt, computed by the code that charges. */
export function ExampleReceipt({ version }: { version: PriceVersion }) {
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
      <PriceLines price={price} />
    </Panel>
  )
}
