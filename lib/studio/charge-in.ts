import type { RunEvent } from '@/lib/ai/metered'
import { parsePublicId } from '@/lib/ids'
import { fromCredits, type Millicredits, millicredits } from '@/lib/millicredits'

/** What a run cost its payer; null when nothing was charged, or that could not be confirmed. */
export function chargeIn(events: readonly RunEvent[]): { id: string; total: Millicredits } | null {
  for (const event of events) {
    if (event.type !== 'receipt') continue
    const { id: name, total, absorbed } = event.charge
    const [id, whole, notPaid] = [parsePublicId('charge', name), fromCredits(total), fromCredits(absorbed)]
    if (id !== null && whole !== null && notPaid !== null) return { id, total: millicredits(whole - notPaid) }
  }
  return null
}
