import { familyColorVar } from '@/components/charts/operation-color'
import { exampleUse } from '@/components/site/example-use'
import { PriceLines } from '@/components/site/price-lines'
import { ColorDot } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import type { PriceVersion } from '@/lib/catalog'

const EXAMPLE = { operation: 'image.standard', usage: { images: 2, inputTokens: 1_400 } }

/** An example receipt, computed by the code that charges. */
export function ExampleReceipt({ version }: { version: PriceVersion }) {
  const example = exampleUse(version, EXAMPLE)
  if (example === null) return null
  const { operation, price, words } = example
  return (
    <Panel
      title={
        <span className="flex items-center gap-2.5">
          <ColorDot colorVar={familyColorVar(operation.family)} />
          {operation.name}
        </span>
      }
      description={`Example of a receipt: ${words}, in someone else’s app`}
    >
      <PriceLines price={price} />
    </Panel>
  )
}
