import { formatCount, formatCredits, formatPercent } from '@/lib/format'
import { MILLICREDITS_PER_CREDIT } from '@/lib/millicredits'
import type { PriceLine } from './price'

/** The quantity and its rate in credits, such as `3 pages × 8` or `333 tokens × 0.5 per 1,000`. */
function explainProduct(line: PriceLine): string {
  const unit = line.quantity === 1 ? line.unit : line.unitPlural
  const product = `${formatCount(line.quantity)} ${unit} × ${formatCredits(line.rate)}`
  return line.per === 1 ? product : `${product} per ${formatCount(line.per)}`
}

/**
 * Explains the amount of a receipt line in plain words, such as `3 pages × 8`, `brings it up to the minimum of 40` or `10%
 * of 300.167`. Amounts are credits. Label and amount are shown next to it.
 */
export function explainLine(line: PriceLine): string {
  switch (line.kind) {
    case 'usage':
    case 'surcharge':
      return explainProduct(line)
    case 'minimum':
      return `brings it up to the minimum of ${formatCredits(line.rate)}`
    case 'premium': {
      const share = line.rate / (line.per * MILLICREDITS_PER_CREDIT)
      return `${formatPercent(share, 2)} of ${formatCount(line.quantity)}`
    }
    default:
      line.kind satisfies never
      throw new RangeError(`unknown line: ${line.kind}`)
  }
}
