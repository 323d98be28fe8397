import type { Operation, RatedField } from '@/lib/catalog/types'
import { formatCount, formatCredits } from '@/lib/format'
import { ZERO } from '@/lib/millicredits'

const units: Record<Exclude<RatedField, 'cachedInputTokens'>, { one: string; many: string }> = {
  pages: { one: 'page', many: 'pages' },
  images: { one: 'image', many: 'images' },
  seconds: { one: 'second', many: 'seconds' },
  characters: { one: 'character', many: 'characters' },
  inputTokens: { one: 'input token', many: 'input tokens' },
  outputTokens: { one: 'output token', many: 'output tokens' },
  toolCalls: { one: 'tool call', many: 'tool calls' },
}

/** The order in which rates are read: counted units first, then additions. */
const order = [
  'pages',
  'images',
  'seconds',
  'characters',
  'inputTokens',
  'outputTokens',
  'toolCalls',
] as const

function rateWords(operation: Operation, field: (typeof order)[number]): string | null {
  const rate = operation.rates[field]
  if (!rate) return null
  const unit = units[field]
  const per = rate.per === 1 ? unit.one : `${formatCount(rate.per)} ${unit.many}`
  const beyond = rate.included ? ` beyond the first ${formatCount(rate.included)}` : ''
  const cached = field === 'inputTokens' && !beyond ? operation.rates.cachedInputTokens : undefined
  const cachedWords = cached ? ` (${formatCredits(cached.amount)} when cached)` : ''
  return `${formatCredits(rate.amount)} per ${per}${beyond}${cachedWords}`
}

/** The full rate of an operation in credits: "8 per page", "10 per 1,000 characters; at least 10". */
export function ratesInWords(operation: Operation): string {
  if (operation.surcharge !== null) return `${formatCredits(operation.surcharge)} on top of the request`
  const rates = order.map((field) => rateWords(operation, field)).filter((words) => words !== null)
  const minimum = operation.minimum > ZERO ? `; at least\u00a0${formatCredits(operation.minimum)}` : ''
  return rates.join(' + ') + minimum
}

const unitWords: Record<Operation['unit'], string> = {
  request: 'per request',
  page: 'per page',
  image: 'per image',
  second: 'per second',
}

/** The unit of the typical price. */
export function unitInWords(operation: Operation): string {
  return unitWords[operation.unit]
}

/** The number in "10 times the credits". */
export function ratio(larger: Operation['minimum'], smaller: Operation['minimum']): string {
  return formatCount(Math.round((larger / smaller) * 10) / 10)
}
