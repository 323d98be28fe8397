import type { Operation, PriceVersion, UsageField } from '@/lib/catalog/types'
import { formatCount, formatCredits } from '@/lib/format'
import { ZERO } from '@/lib/millicredits'

function rateWords({ usageFields }: PriceVersion, { rates }: Operation, field: UsageField): string | null {
  const rate = rates[field.key]
  if (!rate) return null
  const per = rate.per === 1 ? field.singular : `${formatCount(rate.per)} ${field.plural}`
  const beyond = rate.included ? ` beyond the first ${formatCount(rate.included)}` : ''
  const parts = usageFields.flatMap((part) => {
    const own = part.partOf === field.key ? rates[part.key] : undefined
    if (!own) return []
    const perOwn = own.per === rate.per ? '' : ` per ${formatCount(own.per)}`
    return [`${part.plural}: ${formatCredits(own.amount)}${perOwn}`]
  })
  const partWords = parts.length === 0 ? '' : ` (${parts.join('; ')})`
  return `${formatCredits(rate.amount)} per ${per}${beyond}${partWords}`
}

/** The full rate of an operation in credits: "8 per page", "10 per 1,000 characters; at least 10". */
export function ratesInWords(version: PriceVersion, operation: Operation): string {
  if (operation.surcharge !== null) return `${formatCredits(operation.surcharge)} on top of the request`
  const rates = version.usageFields
    // The rate of a part is shown with that of its whole.
    .filter(({ partOf }) => partOf === null)
    .map((field) => rateWords(version, operation, field))
    .filter((words) => words !== null)
  const minimum = operation.minimum > ZERO ? `; at least\u00a0${formatCredits(operation.minimum)}` : ''
  return rates.join(' + ') + minimum
}

/** The unit of the typical price. */
export function unitInWords({ units }: PriceVersion, { unit }: Operation): string {
  return `per ${units.find(({ key }) => key === unit)?.singular ?? unit}`
}

/** The number in "10 times the credits". */
export function ratio(larger: Operation['minimum'], smaller: Operation['minimum']): string {
  return formatCount(Math.round((larger / smaller) * 10) / 10)
}
