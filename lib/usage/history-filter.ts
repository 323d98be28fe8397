import { findApp } from '@/lib/apps/find-app'
import { requireSight } from '@/lib/auth/require'
import { operationEver } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { parsePublicId } from '@/lib/ids'
import type { Surface } from './surface'

/** Selects charges of an account; null leaves a field open. */
export type HistoryFilter = {
  accountId: string
  from: Date | null
  to: Date | null
  operation: string | null
  /** An id, slug or external id, as for `findApp`. */
  app: string | null
  surface: Surface | null
  /** Exactly this reference. */
  reference: string | null
  /** The public id of a run. */
  run?: string | null
  /**
   * The id of a charge or a run, a whole reference, or any text in reference or metadata, tried in this order. Ignores
   * case.
   */
  text?: string | null
}

/** The filter with its names resolved, for use in statements. */
export type ResolvedFilter = {
  accountId: string
  from: Date
  to: Date
  operation: string | null
  appId: string | null
  surface: Surface | null
  reference: string | null
  runId: string | null
  chargeId: string | null
  text: string | null
}

const EARLIEST = new Date('1970-01-01T00:00:00Z')
const LATEST = new Date('9999-12-31T00:00:00Z')

/** Both ends in a form that PostgreSQL accepts: an open end becomes the furthest time, and a five-digit year is capped. */
export function closedRange({ from, to }: Pick<HistoryFilter, 'from' | 'to'>): { from: Date; to: Date } {
  const atMost = (date: Date) => (date > LATEST ? LATEST : date)
  return { from: atMost(from ?? EARLIEST), to: atMost(to ?? LATEST) }
}

/**
 * Throws `InvalidRequest` for an unknown operation, `NotFound` for an unknown app, anything that is not the id of a run,
 * or an account the caller may not see. A run of another account has no charges here.
 */
export async function resolveFilter(ctx: Context, filter: HistoryFilter): Promise<ResolvedFilter> {
  requireSight(ctx, filter.accountId, 'user')
  if (filter.operation !== null && !operationEver(filter.operation)) {
    throw InvalidRequest.at('operation', 'is not an operation')
  }
  const text = filter.text?.trim() || null
  const chargeId = text === null ? null : parsePublicId('charge', text)
  const runId = text === null ? null : parsePublicId('run', text)
  return {
    accountId: filter.accountId,
    ...closedRange(filter),
    operation: filter.operation,
    appId: filter.app === null ? null : (await findApp(ctx, filter.app)).id,
    surface: filter.surface,
    reference: filter.reference,
    runId: runId ?? runIdOf(filter.run ?? null),
    chargeId,
    text: (chargeId ?? runId) ? null : text,
  }
}

function runIdOf(run: string | null): string | null {
  if (run === null) return null
  const runId = parsePublicId('run', run)
  if (runId === null) throw new NotFound('run')
  return runId
}
