import { estimable, prepareEstimate } from '@/components/site/prepare-estimate'
import { findOperation, isEditorOperation } from '@/lib/catalog/lookup'
import type { Operation, PriceVersion } from '@/lib/catalog/types'
import { formatCount, formatList } from '@/lib/format'
import type { Price } from '@/lib/pricing'

/** The use to show if the catalogue prices it. */
type Preferred = { operation: string; usage: Record<string, number> }

/** A use in someone else's app, priced by the code that charges. */
export type ExampleUse = { operation: Operation; price: Price; words: string }

/** The preferred use, or else an everyday use of the first operation for apps; null if every operation is the editor's. */
export function exampleUse(version: PriceVersion, { operation, usage }: Preferred): ExampleUse | null {
  const known = findOperation(version, operation)
  const isPriced = known && Object.keys(usage).every((field) => known.rates[field] !== undefined)
  const wanted = isPriced ? exampleOf(version, operation, usage) : null
  if (wanted) return wanted
  const others = estimable(version).filter(({ key }) => !isEditorOperation(key))
  return others.map(({ key }) => exampleOf(version, key, {})).find((example) => example !== null) ?? null
}

function exampleOf(version: PriceVersion, key: string, usage: Record<string, number>): ExampleUse | null {
  const asked = { operation: key, others: true, quantities: usage, flags: {} }
  const { operation, quantities, price } = prepareEstimate(version, asked)
  if (price === null || operation.key !== key) return null
  const words = quantities.flatMap(({ field, value }) => {
    const { singular, plural } = version.usageFields.find((one) => one.key === field) ?? {}
    return value === 0 ? [] : [`${formatCount(value)} ${value === 1 ? singular : plural}`]
  })
  return { operation, price, words: formatList(words) }
}
