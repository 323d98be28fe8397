import { catalog, findOperation, type Operation, type PriceVersion } from '@/lib/catalog'
import { RATED_FIELDS, SURCHARGE_FIELDS } from '@/lib/catalog/types'
import { type Check, literal } from './check'

/**
 * The base price of a use by docs/api.md ("Price"), from the columns `price_version`, `operation` and `usage`; null if no
 * version prices it. It has its own arithmetic, so that a defect in the charging code cannot hide here too. It is SQL
 * because reading out every charge of a ledger would take too long (10 million: half a minute).
 */
export function basePriceSql(versions: readonly PriceVersion[] = catalog.priceVersions): string {
  const cases = versions.flatMap((version) =>
    version.operations
      .filter(({ surcharge }) => surcharge === null)
      .map(
        (operation) =>
          `when price_version = ${version.version} and operation = ${literal(operation.key)} then ${baseOf(version, operation)}`,
      ),
  )
  return `case ${cases.join('\n')} end`
}

function baseOf(version: PriceVersion, operation: Operation): string {
  const metered = meteredOf(operation)
  const surcharges = SURCHARGE_FIELDS.flatMap((field) => {
    const key = operation.surchargedBy[field]
    const surcharge = key === undefined ? null : findOperation(version, key)?.surcharge
    return surcharge ? [`case when (usage ->> '${field}')::boolean then ${surcharge} else 0 end`] : []
  })
  return [`greatest(${metered}, ${operation.minimum})`, ...surcharges].join(' + ')
}

/** ⌈Σ quantity × amount ÷ per⌉ over a common divisor, rounded up once. Seconds may have decimals. */
function meteredOf(operation: Operation): string {
  const rates = RATED_FIELDS.flatMap((field) => {
    const rate = operation.rates[field]
    return rate ? [{ field, ...rate }] : []
  })
  const divisor = rates.reduce((common, { per }) => leastCommonMultiple(common, BigInt(per)), 1n)
  const amounts = rates.map(({ field, amount, per, included = 0 }) => {
    const used = quantity(field)
    // Cached tokens are part of the input tokens and have their own rate.
    const own = field === 'inputTokens' ? `${used} - ${quantity('cachedInputTokens')}` : used
    return `greatest(${own} - ${included}, 0) * ${BigInt(amount) * (divisor / BigInt(per))}`
  })
  return `div(ceil(${amounts.join(' + ')}) + ${divisor - 1n}, ${divisor})`
}

const quantity = (field: string) => `coalesce((usage ->> '${field}')::numeric, 0)`

function leastCommonMultiple(left: bigint, right: bigint): bigint {
  let [divisor, rest] = [left, right]
  while (rest !== 0n) [divisor, rest] = [rest, divisor % rest]
  return (left / divisor) * right
}

/** The price of every charge (docs/product.md, "Price table"). */
export const PRICE_CHECKS: Check[] = [
  {
    rule: 'charge-price',
    states: 'the base of a charge is the price of its usage at its price version',
    sql: `
      select id::text, format('base %s, price %s of %s %s at version %s', base, price, operation, usage, price_version) as detail
      from (select c.*, ${basePriceSql()} as price from charges c) c
      where base is distinct from price`,
  },
]
