import type { Operation, UsageField } from '@/lib/catalog/types'
import { formatCount } from '@/lib/format'

/** The consumption of one use of an operation, by usage field and flag of its price version (docs/api.md, "Usage"). */
export type Usage = { readonly [field: string]: number | boolean | undefined }

export type UsageError = { path: string; message: string }

export type UsageCheck = { ok: true; usage: Usage } | { ok: false; errors: UsageError[] }

function problemWithCount(value: unknown, { max, required }: UsageField): string | null {
  const whole = typeof value === 'number' && Number.isInteger(value)
  if (!whole || value < 0 || value > max) return `must be a whole number from 0 to ${formatCount(max)}`
  return required && value === 0 ? 'must be more than 0' : null
}

function problemWithDecimal(
  value: unknown,
  { max, required, plural, decimals, scale }: UsageField,
): string | null {
  const isInRange = typeof value === 'number' && value <= max && (required ? value > 0 : value >= 0)
  if (!isInRange)
    return `must be a number of ${plural} ${required ? 'above 0, up' : 'from 0'} to ${formatCount(max)}`
  // A decimal with n places is exactly the double nearest to its integer multiple divided by 10ⁿ.
  const exact = Math.round(value * scale) / scale === value
  return exact ? null : `must have at most ${COUNTS[decimals]}`
}

const COUNTS = ['no decimals', 'one decimal', 'two decimals', 'three decimals']

function problemWith(field: UsageField, value: unknown): string | null {
  if (value === undefined) return field.required ? 'is required' : null
  return field.decimals === 0 ? problemWithCount(value, field) : problemWithDecimal(value, field)
}

function isPriced(operation: Operation, field: string): boolean {
  return Object.hasOwn(operation.rates, field) || Object.hasOwn(operation.surchargedBy, field)
}

/**
 * Validates usage against the fields the operation prices and fills in the defaults of exactly those fields. Refuses,
 * with a path per problem, fields the operation does not price, missing or out-of-range values, and parts larger than
 * their whole, such as more cached than input tokens. A surcharge (`ai.web_search`) cannot be used alone.
 */
export function checkUsage(operation: Operation, usage: Readonly<Record<string, unknown>>): UsageCheck {
  if (operation.surcharge !== null) {
    const message = `${operation.key} is a surcharge on other operations and cannot be used alone`
    return { ok: false, errors: [{ path: 'operation', message }] }
  }
  const errors: UsageError[] = []
  const checked: Record<string, number | boolean> = {}
  for (const [field, value] of Object.entries(usage)) {
    if (value === undefined || isPriced(operation, field)) continue
    errors.push({ path: `usage.${field}`, message: `is not priced by ${operation.key}` })
  }
  for (const field of operation.fields) {
    const value = usage[field.key]
    const message = problemWith(field, value)
    if (message !== null) errors.push({ path: `usage.${field.key}`, message })
    // Adding 0 turns a negative zero into 0.
    else checked[field.key] = typeof value === 'number' ? value + 0 : 0
  }
  for (const { key } of operation.flags) {
    const value = usage[key] ?? false
    if (typeof value === 'boolean' && usage[key] !== null) checked[key] = value
    else errors.push({ path: `usage.${key}`, message: 'must be true or false' })
  }
  for (const { key, partOf } of operation.fields) {
    if (partOf === null || checked[key] === undefined || checked[partOf] === undefined) continue
    if (Number(checked[key]) > Number(checked[partOf]))
      errors.push({ path: `usage.${key}`, message: `must not be more than ${partOf}` })
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, usage: checked }
}

/**
 * Usage without its zero and false fields, so that identical uses compare equal whichever fields a price version fills
 * in. Use it to compare requests; pricing needs usage checked by `checkUsage`.
 */
export function nonzeroUsage(usage: Usage): Usage {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => Boolean(value)))
}
