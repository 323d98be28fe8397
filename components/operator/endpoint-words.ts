import type { Tone } from '@/components/ui/badge'
import { formatTime } from '@/lib/format'
import type { Attempt, DeliveryState } from '@/lib/webhooks/deliveries'
import type { Endpoint } from '@/lib/webhooks/endpoints'

/** The state of an endpoint as a badge. */
export function endpointState({ off, failingSince }: Endpoint): { tone: Tone; words: string } {
  if (off !== null)
    return off.reason === 'failing'
      ? { tone: 'bad', words: 'Off: failed for five days' }
      : { tone: 'neutral', words: 'Off' }
  if (failingSince !== null)
    return { tone: 'warn', words: `Failing since ${formatTime(failingSince, 'dateTime')} UTC` }
  return { tone: 'good', words: 'On' }
}

export const DELIVERY_WORDS: Record<DeliveryState, { tone: Tone; words: string }> = {
  waiting: { tone: 'warn', words: 'Waiting' },
  delivered: { tone: 'good', words: 'Delivered' },
  failed: { tone: 'bad', words: 'Given up' },
}

const PROBLEMS: Record<string, string> = {
  TIMEOUT: 'no complete answer within 10 seconds',
  REFUSED_ADDRESS: 'the address is private',
  ENOTFOUND: 'no such name',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed',
}

/** "answered 500 after 12 ms", "the connection was refused after 3 ms". */
export function attemptInWords({ status, problem, milliseconds }: Attempt): string {
  const what = status === null ? (PROBLEMS[problem ?? ''] ?? problem ?? '') : `answered ${status}`
  return `${what} after ${milliseconds} ms`
}
