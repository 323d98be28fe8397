import { amountOf } from '@/components/credits/live-days'
import { type AppNames, appName } from '@/components/usage/app-names'
import type { ChargeJson, LineJson } from '@/lib/contract/metering'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { PriceLine, PriceLineUnit } from '@/lib/pricing/price'

/** What a charge came to for the person who paid it: total − absorbed − refunded. */
export function costOf(charge: Pick<ChargeJson, 'total' | 'absorbed' | 'refunded'>): Millicredits {
  return millicredits(amountOf(charge.total) - amountOf(charge.absorbed) - amountOf(charge.refunded))
}

/** Where it was used: the app by name, or what is not an app. */
export function placeOf(charge: Pick<ChargeJson, 'app' | 'surface'>, apps: AppNames): string {
  if (charge.app !== null) return appName(apps, charge.app)
  return charge.surface === 'editor' ? 'Editor' : 'API'
}

/** A receipt's line in exact amounts again, as `explainLine` takes it. */
export function lineOf(line: LineJson): PriceLine {
  return {
    ...line,
    unit: line.unit as PriceLineUnit,
    rate: amountOf(line.rate),
    amount: amountOf(line.amount),
  }
}

export const sourceNames: Record<ChargeJson['funding'][number]['source'], string> = {
  allowance: 'Monthly allowance',
  pack: 'Packs',
  reward: 'Moved rewards',
  promo: 'Promotional credits',
}
