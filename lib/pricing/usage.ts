import { SECONDS_SCALE, USAGE_COUNT_MAX, USAGE_SECONDS_MAX } from '@/lib/catalog/limits'
import {
  type Operation,
  RATED_FIELDS,
  type RatedField,
  REQUIRED_FIELDS,
  SURCHARGE_FIELDS,
} from '@/lib/catalog/types'
import { formatCount } from '@/lib/format'

/** The usage of one use of an operation (docs/api.md, "Usage"). `cachedInputTokens` are part of `inputTokens`. */
export type Usage = { [Field in RatedField]?: number } & { webSearch?: boolean }

export type UsageError = { path: string; message: string }

export type UsageCheck = { ok: true; usage: Usage } | { ok: false; errors: UsageError[] }

function problemWithCount(value: unknown): string | null {
  const whole = typeof value === 'number' && Number.isInteger(value)
  if (whole && value >= 0 && value <= USAGE_COUNT_MAX) return null
  return `must be a whole number from 0 to ${formatCount(USAGE_COUNT_MAX)}`
}

function problemWithSeconds(value: unknown): string | null {
  const range = `must be a number of seconds above 0, up to ${formatCount(USAGE_SECONDS_MAX)}`
  if (typeof value !== 'number' || !(value > 0 && value <= USAGE_SECONDS_MAX)) return range
  // A number with three decimals equals the double nearest to its thousandths divided by 1,000.
  const exact = Math.round(value * SECONDS_SCALE) / SECONDS_SCALE === value
  return exact ? null : 'must have at most three decimals'
}

function problemWith(field: RatedField, value: unknown): string | null {
  const required = REQUIRED_FIELDS.includes(field)
  if (value === undefined) return required ? 'is required' : null
  if (field === 'seconds') return problemWithSeconds(value)
  return problemWithCount(value) ?? (required && value === 0 ? 'must be more than 0' : null)
}

function isPriced(operation: Operation, field: string): boolean {
  return Object.hasOwn(operation.rates, field) || Object.hasOwn(operation.surchargedBy, field)
}

/**
 * Validates usage against the fields the operation prices and fills in the defaults of exactly those fields. Refuses, with
 * a path per problem, fields the operation does not price, missing or out-of-range values, and more cached than input
 * tokens. A surcharge (`ai.web_search`) cannot be used alone.
 */
export function checkUsage(operation: Operation, usage: Readonly<Record<string, unknown>>): UsageCheck {
  if (operation.surcharge !== null) {
    const message = `${operation.key} is a surcharge on other operations and cannot be used alone`
    return { ok: false, errors: [{ path: 'operation', message }] }
  }
  const errors: UsageError[] = []
  const checked: Usage = {}
  for (const [field, value] of Object.entries(usage)) {
    if (value === undefined || isPriced(operation, field)) continue
    errors.push({ path: `usage.${field}`, message: `is not priced by ${operation.key}` })
  }
  for (const field of RATED_FIELDS) {
    if (!operation.rates[field]) continue
    const value = usage[field]
    const message = problemWith(field, value)
    if (message !== null) errors.push({ path: `usage.${field}`, message })
    // Adding 0 turns a negative zero into 0.
    else checked[field] = typeof value === 'number' ? value + 0 : 0
  }
  for (const field of SURCHARGE_FIELDS) {
    if (!operation.surchargedBy[field]) continue
    const value = usage[field] ?? false
    if (typeof value === 'boolean' && usage[field] !== null) checked[field] = value
    else errors.push({ path: `usage.${field}`, message: 'must be true or false' })
  }
  const { inputTokens, cachedInputTokens } = checked
  if (inputTokens !== undefined && cachedInputTokens !== undefined && cachedInputTokens > inputTokens) {
    errors.push({ path: 'usage.cachedInputTokens', message: 'must not be more than inputTokens' })
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, usage: checked }
}

/**
 * Usage without its zero and false fields, so that equal uses compare equal whichever fields a price version fills in. Use
 * it to compare requests; pricing needs usage checked by `checkUsage`.
 */
export function nonzeroUsage(usage: Usage): Usage {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => Boolean(value)))
}
