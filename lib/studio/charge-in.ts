import type { RunEvent } from '@/lib/ai/metered'
import type { ChargeJson } from '@/lib/contract/metering'
import { parsePublicId } from '@/lib/ids'
import { fromCredits, type Millicredits, millicredits } from '@/lib/millicredits'

/** The price a run charged its payer; null if nothing was charged or the charge could not be confirmed. */
export function chargeIn(events: readonly RunEvent[]): { id: string; total: Millicredits } | null {
  for (const event of events) if (event.type === 'receipt') return chargeOf(event.charge)
  return null
}

/** The amount a charge took from its payer; null if the charge does not belong to this product. */
export function chargeOf({
  id: name,
  total,
  absorbed,
}: ChargeJson): { id: string; total: Millicredits } | null {
  const [id, whole, notPaid] = [parsePublicId('charge', name), fromCredits(total), fromCredits(absorbed)]
  if (id === null || whole === null || notPaid === null) return null
  return { id, total: millicredits(whole - notPaid) }
}
