import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import { catalogVersion, catalogVersions } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { millicredits } from '@/lib/millicredits'
import { processState } from '@/lib/process-state'
import { findSavings, type PaidUse, type Savings } from './find-savings'
import { closedRange } from './history-filter'

/** Advice is based on at most this many of the newest charges. Reading and pricing them takes about 20 ms. */
export const ADVISED_CHARGES_MAX = 2_500

/** Each entry takes a few hundred bytes; this caches advice for about a thousand people. */
const ADVICE_CACHED_MAX = 2_000

export type Advice = Savings & {
  /** The number of charges read: the newest of the range, at most `ADVISED_CHARGES_MAX`. */
  looked: number
  /** True if the range has older charges that were not read. */
  hasMore: boolean
  /** True if any charge has a fingerprint, without which repeats cannot be found. */
  hasFingerprints: boolean
}

const useRows = z.array(
  z
    .object({
      looked: z.number(),
      operation: z.string().nullable(),
      app_id: z.string().nullable(),
      usage: z.record(z.string(), z.union([z.number(), z.boolean()])).nullable(),
      paid: z.number().nullable(),
      price_version: z.number().nullable(),
      premium_bps: z.number().nullable(),
      fingerprint: z.string().nullable(),
    })
    .transform(({ looked, operation, app_id, usage, paid, price_version, premium_bps, fingerprint }) => {
      const isUse =
        operation !== null &&
        usage !== null &&
        paid !== null &&
        price_version !== null &&
        premium_bps !== null
      const use: PaidUse | null = isUse
        ? {
            operation,
            appId: app_id,
            usage,
            version: catalogVersion(price_version),
            premiumBps: premium_bps,
            paid: millicredits(paid),
            fingerprint,
          }
        : null
      return { looked, use }
    }),
)

type AdviseInput = { accountId: string; from: Date | null; to: Date | null }

/**
 * Ways in which the newest charges of a range could have cost less. Reads a limited range of the key (account, at), so an
 * account with millions of charges costs the same, and reports how far it read. Cached until the account's next movement.
 */
export async function adviseUsage(ctx: Context, { accountId, from, to }: AdviseInput): Promise<Advice> {
  requireSight(ctx, accountId, 'user')
  const range = closedRange({ from, to })
  const key = `${accountId} ${range.from.toISOString()} ${range.to.toISOString()}`
  const cache = processState(
    'advice',
    () => new LRUCache<string, { movedAt: string | null; advice: Advice }>({ max: ADVICE_CACHED_MAX }),
  )
  const movedAt = await lastMovement(ctx, accountId)
  const known = cache.get(key)
  if (known?.movedAt === movedAt) return known.advice
  const advice = await readAdvice(ctx, accountId, range)
  cache.set(key, { movedAt, advice })
  return advice
}

/** The account's time, which every charge and refund advances; null for an account without a wallet. */
async function lastMovement(ctx: Context, accountId: string): Promise<string | null> {
  const { rows } = await ctx.pool.query<{ last_at: string }>({
    name: 'last-movement',
    text: 'select last_at::text from wallets where account_id = $1',
    values: [accountId],
  })
  return rows[0]?.last_at ?? null
}

/** Selects from the charges read those that advice can use. */
async function readAdvice(ctx: Context, accountId: string, range: { from: Date; to: Date }): Promise<Advice> {
  const { rows } = await ctx.pool.query({
    name: 'advise-usage',
    text: NEWEST,
    values: [accountId, range.from, range.to, ADVISED_CHARGES_MAX, operationsWithAlternative()],
  })
  const found = useRows.parse(rows)
  const looked = found[0]?.looked ?? 0
  const uses = found.flatMap(({ use }) => (use === null ? [] : [use]))
  return {
    ...findSavings(uses),
    looked: Math.min(looked, ADVISED_CHARGES_MAX),
    hasMore: looked > ADVISED_CHARGES_MAX,
    hasFingerprints: uses.some(({ fingerprint }) => fingerprint !== null),
  }
}

/** One extra row shows whether there are more. Oldest first; a row of nulls if none is usable. */
const NEWEST = `
  with newest as materialized (
    select c.id, c.at, c.operation, c.app_id, c.usage, c.base + c.premium - c.absorbed as paid, c.price_version,
      c.premium_bps, c.fingerprint, row_number() over (order by c.at desc) as place
    from charges c where c.account_id = $1 and c.at >= $2::timestamptz and c.at < $3::timestamptz
    order by c.at desc limit $4::int + 1),
  advised as (
    select * from newest where place <= $4::int and (operation = any($5::text[]) or fingerprint is not null)),
  returned as (
    select charge_id, sum(amount) as amount from refunds
    where account_id = $1 and charge_id in (select id from advised) group by charge_id)
  select l.looked, a.operation, a.app_id, a.usage, (a.paid - coalesce(r.amount, 0))::bigint as paid, a.price_version,
    a.premium_bps, a.fingerprint
  from (select count(*) as looked from newest) l
  left join advised a on true left join returned r on r.charge_id = a.id
  order by a.at`

/** In any price version, because old charges are compared at the prices they were made with. */
function operationsWithAlternative(): string[] {
  const keys = catalogVersions().flatMap(({ operations }) =>
    operations.filter(({ cheaperAlternative }) => cheaperAlternative !== null).map(({ key }) => key),
  )
  return [...new Set(keys)]
}
