import { formatCredits, MILLICREDITS_PER_CREDIT } from '@/lib/millicredits'
import type { PriceLine, PriceLineUnit } from './price'

const PLURALS: Record<PriceLineUnit, string> = {
  token: 'tokens',
  'tool call': 'tool calls',
  page: 'pages',
  image: 'images',
  second: 'seconds',
  character: 'characters',
  request: 'requests',
  credit: 'credits',
}

function formatQuantity(quantity: number, locale?: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(quantity)
}

/** `3 pages × 8`, `333 tokens × 0.5 per 1,000`: the quantity and its rate in credits. */
function explainProduct(line: PriceLine, locale?: string): string {
  const unit = line.quantity === 1 ? line.unit : PLURALS[line.unit]
  const product = `${formatQuantity(line.quantity, locale)} ${unit} × ${formatCredits(line.rate, locale)}`
  return line.per === 1 ? product : `${product} per ${formatQuantity(line.per, locale)}`
}

/**
 * How a line of a receipt came to its amount, in plain words, numbers in the reader's locale: `3 pages × 8`,
 * `brings it up to the minimum of 40`, `10% of 300.167`. Amounts are credits. Label and amount stand beside it.
 */
export function explainLine(line: PriceLine, locale?: string): string {
  switch (line.kind) {
    case 'usage':
    case 'surcharge':
      return explainProduct(line, locale)
    case 'minimum':
      return `brings it up to the minimum of ${formatCredits(line.rate, locale)}`
    case 'premium': {
      const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 })
      const share = line.rate / (line.per * MILLICREDITS_PER_CREDIT)
      return `${percent.format(share)} of ${formatQuantity(line.quantity, locale)}`
    }
    default:
      line.kind satisfies never
      throw new RangeError(`unknown line: ${line.kind}`)
  }
}
