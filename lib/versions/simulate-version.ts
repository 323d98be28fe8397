import { requireOperator } from '@/lib/authority'
import type { CatalogDocument } from '@/lib/catalog/document'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { InvalidRequest, RateLimited } from '@/lib/errors'
import type { Costs, FieldCost } from '@/lib/pricing/cost'
import { processState } from '@/lib/process-state'
import { type Progress, simulate } from '@/lib/simulation/simulate'
import type { Simulation } from '@/lib/simulation/tally'
import { checkDocument, getVersion } from './stored-versions'

const DAYS = 30
/** A simulation may read the whole ledger; several at the same time would slow down each other and charges. */
const AT_ONCE_MAX = 1
const RETRY_SECONDS = 10

const running = () => processState('simulation.running', () => ({ count: 0 }))

export type SimulationRange = { from: Date; to: Date }

/** The range to simulate, by default the last 30 days. Throws `InvalidRequest` for a range that is empty or not over. */
export function rangeOf(
  now: Date,
  { from, to }: { from?: Date | undefined; to?: Date | undefined },
): SimulationRange {
  if (to !== undefined && to > now) throw InvalidRequest.at('to', 'is not over')
  const end = to ?? now
  const start = from ?? new Date(end.getTime() - DAYS * DAY_MS)
  if (start >= end) throw InvalidRequest.at('from', 'is not before `to`')
  return { from: start, to: end }
}

/**
 * Simulates a version or a document: what it would have done to the charges of a range, with balances, revenue and
 * margin. Only for the operator; throws `InvalidRequest` naming the field, `NotFound`, and `RateLimited` while this
 * process runs another simulation.
 */
export async function* simulateVersion(
  ctx: Context,
  input: SimulationRange & ({ version: number } | { document: unknown }) & { signal?: AbortSignal },
): AsyncGenerator<Progress, Simulation> {
  requireOperator(ctx)
  const document = 'version' in input ? (await getVersion(ctx, input.version)).document : input.document
  const version = await checkDocument(document)
  const state = running()
  if (state.count >= AT_ONCE_MAX) throw new RateLimited(RETRY_SECONDS)
  state.count += 1
  try {
    const { from, to, signal } = input
    const costs = costsOf(document as CatalogDocument)
    return yield* simulate(ctx, { version, costs, from, to, replay: true, ...(signal ? { signal } : {}) })
  } finally {
    state.count -= 1
  }
}

/** The provider's costs in a valid document. */
export function costsOf({ operations, usageFields }: CatalogDocument): Costs {
  const costs = new Map<string, FieldCost[]>()
  for (const { key, rates = {} } of operations) {
    const fields = Object.entries(rates).flatMap(([field, { cost, per }]) => {
      const parts = usageFields
        .filter(({ key: part, partOf }) => partOf === field && rates[part]?.cost !== undefined)
        .map((part) => part.key)
      return cost === undefined ? [] : [{ field, cost, per, parts }]
    })
    if (fields.length > 0) costs.set(key, fields)
  }
  return costs
}
