import { catalog } from '@/lib/catalog'
import { SECOND_MS } from '@/lib/clock'
import { type Millicredits, minOf } from '@/lib/millicredits'
import type { HoldInput } from './inputs'
import type { Hold, Part } from './records'

/** What a hold reserves: the quoted total, or the limit where that is less. */
export function amountOf({
  base,
  premium,
  limit,
}: Pick<HoldInput, 'base' | 'premium' | 'limit'>): Millicredits {
  const total = (base + premium) as Millicredits
  return limit === null ? total : minOf(total, limit)
}

/** The hold an input asks for. */
export function newHold(input: HoldInput, made: { id: string; now: Date; parts: Part[] }): Hold {
  return {
    id: made.id,
    accountId: input.accountId,
    operation: input.operation,
    appId: input.appId,
    usage: input.usage,
    amount: amountOf(input),
    limit: input.limit,
    status: 'open',
    priceVersion: input.priceVersion,
    premiumBps: input.premiumBps,
    parts: made.parts,
    reference: input.reference,
    metadata: input.metadata,
    fingerprint: input.fingerprint,
    expiresAt: expiryFrom(made.now, input.expiresInSeconds),
    createdAt: made.now,
    closedAt: null,
  }
}

/** When a hold made or renewed now ends, by the catalogue's default when its maker does not say. */
export function expiryFrom(now: Date, seconds: number | null): Date {
  return new Date(now.getTime() + (seconds ?? catalog.terms.holdSecondsDefault) * SECOND_MS)
}
