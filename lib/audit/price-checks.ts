import { findOperation, type Operation, type PriceVersion } from '@/lib/catalog'
import { catalogVersions } from '@/lib/catalogs/current'
import { type Check, literal } from './check'

/**
 * The base price of a use according to docs/api.md ("Price"), from the columns `price_version`, `operation` and
 * `usage`; null if no version prices it. It has its own arithmetic, so that a defect in the charging code cannot hide
 * here too. It is SQL because reading every charge of a ledger into memory would take too long (10 million: half a
 * minute).
 */
export function basePriceSql(versions: readonly PriceVersion[] = catalogVersions()): string {
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
  const metered = meteredOf(version, operation)
  const surcharges = version.usageFlags.flatMap(({ key: field }) => {
    const key = operation.surchargedBy[field]
    const surcharge = key === undefined ? null : findOperation(version, key)?.surcharge
    return surcharge ? [`case when (usage ->> ${literal(field)})::boolean then ${surcharge} else 0 end`] : []
  })
  return [`greatest(${metered}, ${operation.minimum})`, ...surcharges].join(' + ')
}

/** ⌈Σ quantity × amount ÷ per⌉ over one common divisor: a quotient rounded up once. Quantities may have decimals. */
function meteredOf({ usageFields }: PriceVersion, operation: Operation): string {
  const rates = usageFields.flatMap(({ key: field }) => {
    const rate = operation.rates[field]
    return rate ? [{ field, ...rate }] : []
  })
  const divisor = rates.reduce((common, { per }) => leastCommonMultiple(common, BigInt(per)), 1n)
  const amounts = rates.map(({ field, amount, per, included = 0 }) => {
    const used = quantity(field)
    // The parts of a field, such as cached tokens of input tokens, have their own rates.
    const parts = usageFields.filter(({ partOf }) => partOf === field).map(({ key }) => quantity(key))
    const own = [used, ...parts].join(' - ')
    return `greatest(${own} - ${included}, 0) * ${BigInt(amount) * (divisor / BigInt(per))}`
  })
  return `div(ceil(${amounts.join(' + ')}) + ${divisor - 1n}, ${divisor})`
}

const quantity = (field: string) => `coalesce((usage ->> ${literal(field)})::numeric, 0)`

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
    sql: () => `
      select id::text, format('base %s, price %s of %s %s at version %s', base, price, operation, usage, price_version) as detail
      from (select c.*, ${basePriceSql()} as price from charges c) c
      where base is distinct from price`,
  },
]
