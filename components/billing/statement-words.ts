import { operationEver } from '@/lib/catalogs/current'
import { type GrantSource, TRIAL } from '@/lib/credits/book/records'
import { publicId } from '@/lib/ids'
import { nameInText } from '@/lib/names'
import type { Movement } from '@/lib/usage/statement'

export type MovementWords = {
  title: string
  /** The app or the reason; null if there is none. */
  detail: string | null
  /** The URL of the receipt; null if there is none. */
  href: string | null
}

const lotNames: Record<GrantSource, string> = {
  allowance: 'Monthly allowance',
  pack: 'Credit pack',
  reward: 'Moved rewards',
  promo: 'Promotional credits',
}

/** Describes a movement to the account holder. */
export function movementInWords(movement: Movement, appNames: ReadonlyMap<string, string>): MovementWords {
  const { kind, source, reason, operation, appId, chargeId } = movement
  const credits = source === null ? 'Credits' : lotNames[source]
  const used = operation === null ? 'Use' : (operationEver(operation)?.name ?? operation)
  const place = appId === null ? null : `in ${nameInText(appNames.get(appId) ?? 'an app')}`
  const href = chargeId === null ? null : `/settings/usage?receipt=${publicId('charge', chargeId)}`
  switch (kind) {
    case 'charge':
      return { title: used, detail: place, href }
    case 'refund':
      return { title: `Refund: ${used}`, detail: reason ?? place, href }
    case 'grant':
      if (source === 'allowance' && reason === TRIAL)
        return { title: 'Trial credits', detail: null, href: null }
      return { title: credits, detail: reason, href: null }
    case 'transfer':
      return { title: 'Moved from your rewards', detail: null, href: null }
    case 'expire':
      return { title: `Expired: ${credits.toLowerCase()}`, detail: null, href: null }
    case 'revoke':
      return { title: `Taken back: ${credits.toLowerCase()}`, detail: reason, href: null }
    case 'restore':
      return { title: `Given back: ${credits.toLowerCase()}`, detail: reason, href: null }
    default:
      return kind satisfies never
  }
}
