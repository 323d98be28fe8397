import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import { catalog, priceVersion } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import { millicredits } from '@/lib/millicredits'
import { processState } from '@/lib/process-state'
import { findSavings, type PaidUse, type Savings } from './find-savings'
import { closedRange } from './history-filter'

/** How many of the newest charges advice looks at: some 20 ms of reading and pricing, whatever the account has. */
export const ADVISED_CHARGES_MAX = 2_500

/** Advice is a few hundred bytes; this remembers that of some thousand people who look at their usage. */
const ADVICE_CACHED_MAX = 2_000

export type Advice = Savings & {
  /** How many charges were looked at: the newest of the range, `ADVISED_CHARGES_MAX` at most. */
  looked: number
  /** There are older ones in the range that were not looked at. */
  hasMore: boolean
  /** Whether any of them carried a fingerprint, without which repeats cannot be found. */
  hasFingerprints: boolean
}

const useRows = z.array(
  z
    .object({
      looked: z.number(),
      operation: z.string().nullable(),
      app_id: z.string().nullable(),
      usage: z.looseObject({}).nullable(),
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
            version: priceVersion(price_version),
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
 * How the newest charges of a range could have cost less. Bounded by a walk down the key (account, at), so that it costs
 * the same on an account of millions; it says how far it looked. Computed once until the account moves again.
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

/** Every charge and refund moves the account's time on; null for an account that has no wallet. */
async function lastMovement(ctx: Context, accountId: string): Promise<string | null> {
  const { rows } = await ctx.pool.query<{ last_at: string }>({
    name: 'last-movement',
    text: 'select last_at::text from wallets where account_id = $1',
    values: [accountId],
  })
  return rows[0]?.last_at ?? null
}

/** Of the charges it walks it takes only what can be advised on. */
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

/** One more row than is looked at tells whether there are others. Oldest first; a row of nulls when none can be advised on. */
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

/** In any price version: old charges are advised on by the prices they were made with. */
function operationsWithAlternative(): string[] {
  const keys = catalog.priceVersions.flatMap(({ operations }) =>
    operations.filter(({ standardAlternative }) => standardAlternative !== null).map(({ key }) => key),
  )
  return [...new Set(keys)]
}
