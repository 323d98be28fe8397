import { amountOf } from '@/components/format/amount-of'
import { type AppNames, appName } from '@/components/usage/app-names'
import type { ChargeJson, LineJson } from '@/lib/contract/metering'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { nameInText } from '@/lib/names'
import type { PriceLine } from '@/lib/pricing/price'

/** The amount that the payer paid and has not got back: total − absorbed − refunded. */
export function costOf(charge: Pick<ChargeJson, 'total' | 'absorbed' | 'refunded'>): Millicredits {
  return millicredits(amountOf(charge.total) - amountOf(charge.absorbed) - amountOf(charge.refunded))
}

/** Where a charge was made: the app's name, the editor or the API. */
export function placeOf(charge: Pick<ChargeJson, 'app' | 'surface'>, apps: AppNames): string {
  if (charge.app !== null) return nameInText(appName(apps, charge.app))
  return charge.surface === 'editor' ? 'Editor' : 'API'
}

/** Converts a receipt's line to exact amounts for `explainLine`. */
export function lineOf(line: LineJson): PriceLine {
  return { ...line, rate: amountOf(line.rate), amount: amountOf(line.amount) }
}

export const sourceNames: Record<ChargeJson['funding'][number]['source'], string> = {
  allowance: 'Monthly allowance',
  pack: 'Packs',
  reward: 'Moved rewards',
  promo: 'Promotional credits',
}
