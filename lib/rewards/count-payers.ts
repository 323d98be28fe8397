import { catalog } from '@/lib/catalog'
import type { Context } from '@/lib/context'

type CountInput = {
  creatorId: string
  appId: string
  /** UTC days, both included. */
  first: string
  last: string
  /** How many days these are. */
  count: number
  /** The number that is enough: the count goes no further. */
  enough: number
}

/** Every operation there ever was: one payer has at most this many rows of the roll-up in an app and day. */
const OPERATIONS = new Set(
  catalog.priceVersions.flatMap((version) => version.operations.map((operation) => operation.key)),
).size

/** Of an app that many use, so few rows name enough payers. */
const ROWS_GLANCED = 200

/**
 * How many others used an app on some days, but at most `enough`. A glance settles it for popular apps; with more rows
 * than `enough − 1` payers can have, the number is known without reading on. So the cost does not grow with an app's success.
 */
export async function countPayers(ctx: Context, input: CountInput): Promise<number> {
  const rowsMax = (input.enough - 1) * OPERATIONS * input.count + 1
  const glanced = await countAmong(ctx, input, Math.min(ROWS_GLANCED, rowsMax))
  if (glanced >= input.enough || rowsMax <= ROWS_GLANCED) return glanced
  return countAmong(ctx, input, rowsMax)
}

async function countAmong(ctx: Context, input: CountInput, rowsMax: number): Promise<number> {
  const { rows } = await ctx.pool.query<{ payers: number }>({
    name: 'count-payers',
    text: `
      select count(distinct account_id)::int as payers from (
        select account_id from usage_days
        where app_id = $1 and day >= $2::date and day <= $3::date and account_id <> $4
          and app_id <> '00000000-0000-0000-0000-000000000000'
        limit $5) u`,
    values: [input.appId, input.first, input.last, input.creatorId, rowsMax],
  })
  const [row] = rows
  return Math.min(input.enough, row?.payers ?? 0)
}
