import type { Context } from '@/lib/context'

type CountInput = {
  creatorId: string
  appId: string
  operations: string[]
  /** UTC days, both inclusive. */
  first: string
  last: string
  /** The number of days in the range. */
  count: number
  /** The number of payers at which counting stops. */
  enough: number
}

/** The number of payers of an app's operations, at most `enough`: per operation, and for several together. */
export type PayerCounts = (operations: string[]) => number

/**
 * Counts an app's payers over a range of days, excluding people whose charges were all refunded or absorbed. Stops reading
 * an operation once it has more rows than `enough − 1` payers can have, so the cost does not grow with the app's success.
 */
export async function countPayers(ctx: Context, input: CountInput): Promise<PayerCounts> {
  const { rows } = await ctx.pool.query<{ operation: string; payers: string[] }>({
    name: 'count-payers',
    text: `
      select o.operation, array(
        select distinct account_id from (
          select account_id from usage_days
          where app_id = $1 and operation = o.operation and day >= $2::date and day <= $3::date
            and account_id <> $4 and paid > refunded and app_id <> '00000000-0000-0000-0000-000000000000'
          limit $5) u
        limit $6) as payers
      from unnest($7::text[]) o (operation)`,
    values: [
      input.appId,
      input.first,
      input.last,
      input.creatorId,
      (input.enough - 1) * input.count + 1,
      input.enough,
      input.operations,
    ],
  })
  const payersOf = new Map(rows.map((row) => [row.operation, row.payers]))
  // All payers of an operation with too few are known, so several such operations are counted together exactly.
  return (operations) =>
    Math.min(input.enough, new Set(operations.flatMap((operation) => payersOf.get(operation) ?? [])).size)
}
