import type { Catalog } from '@/lib/catalog'
import { SECOND_MS } from '@/lib/clock'
import { type Millicredits, minOf } from '@/lib/millicredits'
import type { HoldInput } from './inputs'
import type { Hold, Part } from './records'

/** The amount to reserve: the quoted total, or the limit if that is lower. */
export function amountOf({
  base,
  premium,
  limit,
}: Pick<HoldInput, 'base' | 'premium' | 'limit'>): Millicredits {
  const total = (base + premium) as Millicredits
  return limit === null ? total : minOf(total, limit)
}

/** Builds the hold that an input requests. */
export function newHold(
  input: HoldInput,
  made: { id: string; now: Date; parts: Part[]; catalog: Catalog },
): Hold {
  return {
    id: made.id,
    accountId: input.accountId,
    operation: input.operation,
    appId: input.appId,
    runId: input.runId,
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
    expiresAt: expiryFrom(made, input.expiresInSeconds),
    createdAt: made.now,
    closedAt: null,
  }
}

/** The expiry of a hold made or extended now. Null applies the catalogue's default. */
export function expiryFrom({ now, catalog }: { now: Date; catalog: Catalog }, seconds: number | null): Date {
  return new Date(now.getTime() + (seconds ?? catalog.terms.holdSecondsDefault) * SECOND_MS)
}
