import type { z } from '@hono/zod-openapi'
import { type FieldError, InvalidRequest } from '@/lib/errors'
import { problemWithText } from '@/lib/http/read-body'

/** A reader needs only the first few errors, and a hostile body must not produce an answer larger than itself. */
const ERRORS_MAX = 20
const PATH_LENGTH_MAX = 200

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
}

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' items', number: '' }

/** Zod's issues in the words of the contract's errors. A schema's own message takes precedence. */
function messageOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is required'
      return `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}`
    case 'too_big':
      return `must be at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`
    case 'too_small':
      if (issue.inclusive === false) return `must be more than ${issue.minimum}`
      return `must be at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`
    case 'invalid_format':
      if (issue.format === 'email') return 'must be an e-mail address'
      if (issue.format === 'datetime') return 'must be a time such as 2026-01-31T00:00:00Z (RFC 3339)'
      return 'is malformed'
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    case 'unrecognized_keys':
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
      return undefined
    default:
      issue satisfies never
      return undefined
  }
}

const PARSE_PARAMS = { error: messageOf }

function pathOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('.').slice(0, PATH_LENGTH_MAX)
}

function fieldErrorsOf(issues: readonly z.core.$ZodIssue[]): FieldError[] {
  const errors = issues.flatMap((issue): FieldError[] => {
    if (issue.code === 'unrecognized_keys') {
      const keys = issue.keys.slice(0, ERRORS_MAX)
      return keys.map((key) => ({ path: pathOf([...issue.path, key]), message: 'is not a known field' }))
    }
    if (issue.code === 'invalid_key') return [{ path: pathOf(issue.path), message: 'is not an accepted key' }]
    return [{ path: pathOf(issue.path), message: issue.message }]
  })
  return errors.slice(0, ERRORS_MAX)
}

type Parsed<T> = { value: T; errors: null } | { value: null; errors: FieldError[] }

/** Parses caller input; errors name fields as the caller wrote them. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): Parsed<z.output<Schema>> {
  const result = schema.safeParse(value, PARSE_PARAMS)
  if (result.success) return { value: result.data, errors: null }
  return { value: null, errors: fieldErrorsOf(result.error.issues) }
}

/** Parses caller input. Throws `InvalidRequest`. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { value: parsed, errors } = check(schema, value)
  if (errors !== null) throw new InvalidRequest(errors)
  return parsed
}

/** The query parameters as an object of strings. Throws `InvalidRequest` for a repeated or invalid one. */
export function queryOf(url: string): Record<string, string> {
  const at = url.indexOf('?')
  if (at === -1) return {}
  const found = new Map<string, string>()
  const errors: FieldError[] = []
  for (const [name, value] of new URLSearchParams(url.slice(at + 1))) {
    const message = problemWithText(value) ?? problemWithText(name)
    if (message !== null) errors.push({ path: pathOf([name]), message })
    if (found.has(name)) errors.push({ path: pathOf([name]), message: 'is given more than once' })
    found.set(name, value)
  }
  if (errors.length > 0) throw new InvalidRequest(errors.slice(0, ERRORS_MAX))
  // A null prototype, so that a parameter called __proto__ is an ordinary unknown one.
  return Object.assign(Object.create(null), Object.fromEntries(found))
}

/** A path parameter. Bodies and queries are checked as a whole for text that cannot be stored; paths are checked here. */
export function inPath<Schema extends z.ZodType<string>>(schema: Schema): Schema {
  return schema.refine((value) => problemWithText(value) === null, {
    error: 'must be text that can be stored',
  })
}
