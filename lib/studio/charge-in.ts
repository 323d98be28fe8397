import type { RunEvent } from '@/lib/ai/metered'
import type { ChargeJson } from '@/lib/contract/metering'
import { parsePublicId } from '@/lib/ids'
import { fromCredits, type Millicredits, millicredits } from '@/lib/millicredits'

/** What a run cost its payer; null when nothing was charged, or that could not be confirmed. */
export function chargeIn(events: readonly RunEvent[]): { id: string; total: Millicredits } | null {
  for (const event of events) if (event.type === 'receipt') return chargeOf(event.charge)
  return null
}

/** What a charge took from its payer; null for one that is not of this product. */
export function chargeOf({
  id: name,
  total,
  absorbed,
}: ChargeJson): { id: string; total: Millicredits } | null {
  const [id, whole, notPaid] = [parsePublicId('charge', name), fromCredits(total), fromCredits(absorbed)]
  if (id === null || whole === null || notPaid === null) return null
  return { id, total: millicredits(whole - notPaid) }
}
