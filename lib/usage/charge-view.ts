import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import { findOperation } from '@/lib/catalog'
import { catalogVersion } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { type Charge, type GrantSource, paidOf } from '@/lib/credits/book/records'
import { pick, type Row } from '@/lib/credits/store/codec'
import { loadCharge } from '@/lib/credits/store/load-by-id'
import { GRANTS } from '@/lib/credits/store/tables'
import { type Millicredits, millicredits, sum, ZERO } from '@/lib/millicredits'
import { type PriceLine, priceUsage } from '@/lib/pricing'
import { processState } from '@/lib/process-state'
import { type Surface, surfaceOf } from './surface'

export type { Surface } from './surface'

/** A charge with everything that its receipt shows. Lines add up to `total`; funding adds up to `paid`. */
export type ChargeView = {
  charge: Charge
  surface: Surface
  /** base + premium. */
  total: Millicredits
  /** total − absorbed. */
  paid: Millicredits
  refunded: Millicredits
  lines: PriceLine[]
  /** The sources that paid, in the order of spending. */
  funding: { source: GrantSource; amount: Millicredits }[]
}

/**
 * Charges as receipts, in the given order. `asCreated` shows them before any refund, as in the response to the creating call
 * and its replays.
 */
export async function viewCharges(
  ctx: Context,
  charges: Charge[],
  { asCreated = false }: { asCreated?: boolean } = {},
): Promise<ChargeView[]> {
  const [sources, refunded] = await Promise.all([
    grantSources(ctx, charges),
    asCreated ? new Map<string, Millicredits>() : refundedOf(ctx, charges),
  ])
  return charges.map((charge) => ({
    charge,
    surface: surfaceOf(charge),
    total: (charge.base + charge.premium) as Millicredits,
    paid: paidOf(charge),
    refunded: refunded.get(charge.id) ?? ZERO,
    lines: linesOf(charge),
    funding: fundingOf(charge, sources),
  }))
}

/** A charge by its id, with its refunds. Throws `NotFound`, including for another person's charge. */
export async function getCharge(ctx: Context, id: string): Promise<ChargeView> {
  const charge = await loadCharge(ctx.pool, id)
  requireSight(ctx, charge.accountId, 'charge')
  return viewCharge(ctx, charge)
}

/** `viewCharges` of one charge. */
export async function viewCharge(
  ctx: Context,
  charge: Charge,
  options?: { asCreated?: boolean },
): Promise<ChargeView> {
  const [view] = await viewCharges(ctx, [charge], options)
  if (!view) throw new Error(`charge ${charge.id} has no view`)
  return view
}

/** Prices a charge again from its stored usage: receipts are computed, not stored (docs/architecture.md, "Hot path"). */
function linesOf(charge: Charge): PriceLine[] {
  const version = catalogVersion(charge.priceVersion)
  const operation = findOperation(version, charge.operation)
  if (!operation) throw new Error(`price version ${version.version} has no ${charge.operation}`)
  const price = priceUsage({ version, operation, usage: charge.usage, premiumBps: charge.premiumBps })
  if (price.base !== charge.base || price.premium !== charge.premium) {
    throw new Error(
      `charge ${charge.id} took ${charge.base} + ${charge.premium}, not ${price.base} + ${price.premium}`,
    )
  }
  return price.lines
}

function fundingOf(charge: Charge, sources: ReadonlyMap<string, GrantSource>): ChargeView['funding'] {
  const funding = new Map<GrantSource, Millicredits>()
  for (const { grantId, amount } of charge.parts) {
    const source = sources.get(grantId)
    if (!source) throw new Error(`charge ${charge.id} was paid by grant ${grantId}, which does not exist`)
    funding.set(source, sum([funding.get(source) ?? ZERO, amount]))
  }
  return [...funding].map(([source, amount]) => ({ source, amount }))
}

/** An account has a few live grants, so this caches those of about 30,000 accounts in 10 MB. */
const GRANT_SOURCES_CACHED_MAX = 100_000

const SOURCE = pick(GRANTS, 'id', 'source')

/** A grant's source never changes, so each process reads it once. */
async function grantSources(ctx: Context, charges: Charge[]): Promise<Map<string, GrantSource>> {
  const cache = processState(
    'grant-sources',
    () => new LRUCache<string, GrantSource>({ max: GRANT_SOURCES_CACHED_MAX }),
  )
  const found = new Map<string, GrantSource>()
  const missing = new Set<string>()
  for (const { parts } of charges) {
    for (const { grantId } of parts) {
      const source = cache.get(grantId)
      if (source) found.set(grantId, source)
      else missing.add(grantId)
    }
  }
  if (missing.size === 0) return found
  const { rows } = await ctx.pool.query<Row>({
    name: 'grant-sources',
    text: `select ${SOURCE.select('g')} from grants g where g.id = any($1::uuid[])`,
    values: [[...missing]],
  })
  for (const { id, source } of rows.map(SOURCE.decode)) {
    cache.set(id, source)
    found.set(id, source)
  }
  return found
}

const refundedRows = z.array(z.object({ charge_id: z.string(), refunded: z.number() }))

async function refundedOf(ctx: Context, charges: Charge[]): Promise<Map<string, Millicredits>> {
  if (charges.length === 0) return new Map()
  const accountIds = [...new Set(charges.map((charge) => charge.accountId))]
  const { rows } = await ctx.pool.query({
    name: 'refunded-of-charges',
    text: `
      select charge_id, sum(amount)::bigint as refunded from refunds
      where account_id = any($1::uuid[]) and charge_id = any($2::uuid[]) group by charge_id`,
    values: [accountIds, charges.map((charge) => charge.id)],
  })
  return new Map(refundedRows.parse(rows).map((row) => [row.charge_id, millicredits(row.refunded)]))
}
