import type { EventJson } from '@/lib/contract/events'
import { publicId } from '@/lib/ids'
import type { Event } from './list-events'

/** An event as the feed and deliveries present it, always with the same fields in the same order. */
export function presentEvent({ seq, id, type, accountId, at, data }: Event): EventJson {
  return {
    type,
    id: publicId('event', id),
    seq,
    timestamp: at.toISOString(),
    user: accountId === null ? null : publicId('user', accountId),
    data: { ...data },
  }
}
