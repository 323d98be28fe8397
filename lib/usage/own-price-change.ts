import { LRUCache } from 'lru-cache'
import { requireSight } from '@/lib/authority'
import { announcedChange } from '@/lib/catalog/price-changes'
import type { Catalog } from '@/lib/catalog/types'
import { catalogAt, scheduledAfter } from '@/lib/catalogs/current'
import { MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { processState } from '@/lib/process-state'
import { type Compared, compare, sameShare } from '@/lib/simulation/compare'
import { repricer, type StoredUse } from '@/lib/simulation/price-again'
import type { Change } from '@/lib/simulation/tally'
import { NO_APP, startOfDay } from './days'

const DAYS = 30
/** A person with more charges gets no figure, because reading them would slow the page down. */
const CHARGES_MAX = 20_000

export type OwnFigures = {
  /** The range in whole UTC days, up to the beginning of today. */
  from: Date
  to: Date
  /** The credits net of refunds, in millicredits. */
  total: Change
  /** The operations used, the largest change first. */
  operations: ({ operation: string } & Change)[]
  /** Uses that the new prices cannot price. No figure includes them. */
  unpriced: number
}

/** `figures` is null for a person with no charge in the range, or with too many to price again for a page. */
export type OwnPriceChange = { effectiveAt: Date; version: number; figures: OwnFigures | null }

type Row = Compared & Omit<StoredUse, 'inOthersApp'>

const COLUMNS = `c.operation, c.usage::text as usage, c.price_version as "priceVersion", c.creator_id as "creatorId", c.base, c.premium,
  c.absorbed, c.reward, coalesce((select sum(r.amount) from refunds r
    where r.account_id = c.account_id and r.charge_id = c.id), 0)::bigint as refunded`

const PAID = `
  select ${COLUMNS} from charges c
  where c.account_id = $1 and c.at >= $2 and c.at < $3 order by c.at limit ${CHARGES_MAX + 1}`

/** Read from the roll-up, because charges are stored by the account that paid. */
const EARNED = `
  with payer as (
    select distinct u.account_id from apps a join usage_days u on u.app_id = a.id
    where a.creator_id = $1 and u.app_id <> '${NO_APP}'
      and u.day >= ($2::timestamptz at time zone 'UTC')::date and u.day < ($3::timestamptz at time zone 'UTC')::date)
  select ${COLUMNS} from payer p join charges c on c.account_id = p.account_id
  where c.at >= $2 and c.at < $3 and c.creator_id = $1 limit ${CHARGES_MAX + 1}`

const known = () =>
  processState(
    'usage.own-price-change',
    () => new LRUCache<string, { figures: OwnFigures | null }>({ max: 2_000, ttl: 10 * MINUTE_MS }),
  )

/**
 * The effect that the announced price change would have had on what an account paid (`paid`) or a creator earned
 * (`earned`) in the last 30 whole days, priced by the function that charges. Null if no change is announced. Throws
 * `NotFound` for another person's account.
 */
export async function ownPriceChange(
  ctx: Context,
  { accountId, side }: { accountId: string; side: 'paid' | 'earned' },
): Promise<OwnPriceChange | null> {
  requireSight(ctx, accountId, 'user')
  const now = ctx.clock.now()
  const change = announcedChange(catalogAt(now), scheduledAfter(now))
  if (change === null) return null
  const { effectiveAt, version } = change
  const [from, to] = [startOfDay(now, -DAYS), startOfDay(now)]
  const name = [side, accountId, version.version, effectiveAt.getTime(), to.getTime()].join(' ')
  const before = known().get(name)
  const { figures } = before ?? { figures: await figuresOf(ctx, { accountId, side, version, from, to }) }
  if (before === undefined) known().set(name, { figures })
  return { effectiveAt, version: version.version, figures }
}

type Asked = { accountId: string; side: 'paid' | 'earned'; version: Catalog; from: Date; to: Date }

async function figuresOf(
  ctx: Context,
  { accountId, side, version, from, to }: Asked,
): Promise<OwnFigures | null> {
  const { rows } = await ctx.pool.query<Row>({
    name: `own-price-change-${side}`,
    text: side === 'paid' ? PAID : EARNED,
    values: [accountId, from, to],
  })
  if (rows.length === 0 || rows.length > CHARGES_MAX) return null
  const priceAgain = repricer(() => version)
  const operations = new Map<string, Change>()
  const total: Change = { before: 0, after: 0 }
  let unpriced = 0
  for (const row of rows) {
    const price = priceAgain({ ...row, inOthersApp: row.creatorId !== null })
    if (price === null) {
      unpriced += 1
      continue
    }
    const found = compare(row, price, sameShare(row, price))
    const line = operations.get(row.operation) ?? { before: 0, after: 0 }
    for (const change of [line, total]) {
      change.before += side === 'paid' ? found.before : found.rewardBefore
      change.after += side === 'paid' ? found.after : found.rewardAfter
    }
    operations.set(row.operation, line)
  }
  const size = ({ before, after }: Change) => Math.abs(after - before)
  const listed = [...operations]
    .map(([operation, change]) => ({ operation, ...change }))
    .sort((one, other) => size(other) - size(one) || other.before - one.before)
  return { from, to, total, operations: listed, unpriced }
}
