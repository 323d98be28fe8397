import { z } from 'zod'
import { formatCount } from '@/lib/format'

/** A value as documented; `object` names a type described on its own. */
export type Shown = { type: string; object: string | null; note: string }
export type Field = Shown & { name: string; required: boolean }
export type Parameter = Field & { place: 'path' | 'query' | 'header' }

export type Call = {
  /** The call's name in links, such as `post-holds-id-capture`. */
  id: string
  method: string
  path: string
  summary: string
  /** The names of the accepted credentials; empty for a public call. */
  credentials: string[]
  isIdempotent: boolean
  parameters: Parameter[]
  body: { object: string | null; note: string; fields: Field[] } | null
  answers: (Shown & { status: string })[]
  /** Codes of problems, by status. */
  problems: { status: string; codes: string[] }[]
  curl: string
}

export type Reference = {
  groups: { name: string; calls: Call[] }[]
  objects: { name: string; note: string; fields: Field[] }[]
  problems: { code: string; status: string; adds: Field[] }[]
  credentials: { name: string; note: string }[]
}

type Schema = {
  $ref?: string | undefined
  type?: string | string[] | undefined
  enum?: unknown[] | undefined
  description?: string | undefined
  properties?: Record<string, Schema> | undefined
  required?: string[] | undefined
  items?: Schema | undefined
  additionalProperties?: boolean | Schema | undefined
  anyOf?: Schema[] | undefined
  oneOf?: Schema[] | undefined
  allOf?: Schema[] | undefined
  minimum?: number | undefined
  exclusiveMinimum?: number | undefined
  maximum?: number | undefined
  minLength?: number | undefined
  maxLength?: number | undefined
  minItems?: number | undefined
  maxItems?: number | undefined
  default?: unknown
  format?: string | undefined
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    description: z.string().optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    items: schema.optional(),
    additionalProperties: z.union([z.boolean(), schema]).optional(),
    anyOf: z.array(schema).optional(),
    oneOf: z.array(schema).optional(),
    allOf: z.array(schema).optional(),
    minimum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    minItems: z.number().optional(),
    maxItems: z.number().optional(),
    default: z.unknown().optional(),
    format: z.string().optional(),
  }),
)

const content = z.record(z.string(), z.object({ schema })).optional()
const operation = z.object({
  tags: z.array(z.string()).min(1),
  summary: z.string(),
  security: z.array(z.record(z.string(), z.unknown())),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean().default(false),
        schema,
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content })),
  'x-codeSamples': z.array(z.object({ source: z.string() })).min(1),
})
type Operation = z.output<typeof operation>

const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    schemas: z.record(z.string(), schema),
    securitySchemes: z.record(z.string(), z.object({ description: z.string() })),
  }),
})

const PROBLEM = /Problem$/
const JSON_TYPE = 'application/json'

/** Converts the OpenAPI document to the form that the documentation page shows. Throws on constructs it cannot show. */
export function apiReference(openApi: unknown): Reference {
  const { paths, components } = document.parse(openApi)
  const groups = new Map<string, Call[]>()
  for (const [path, byMethod] of Object.entries(paths)) {
    for (const [method, described] of Object.entries(byMethod)) {
      const name = described.tags[0] ?? ''
      groups.set(name, [...(groups.get(name) ?? []), callOf(method, path, described, components.schemas)])
    }
  }
  const schemas = Object.entries(components.schemas)
  return {
    groups: [...groups].map(([name, calls]) => ({ name, calls })),
    objects: schemas
      .filter(([name]) => !PROBLEM.test(name))
      .map(([name, one]) => ({ name, note: one.description ?? '', fields: fieldsOf(one) })),
    problems: schemas.filter(([name]) => PROBLEM.test(name)).map(([, one]) => problemOf(one)),
    credentials: Object.entries(components.securitySchemes).map(([name, { description }]) => ({
      name,
      note: description,
    })),
  }
}

function callOf(method: string, path: string, described: Operation, schemas: Record<string, Schema>): Call {
  const body = described.requestBody?.content?.[JSON_TYPE]?.schema
  const named = body && nameOf(body)
  const shape = named ? schemas[named] : body
  return {
    id: `${method}${path.replace(/^\/api(\/v1)?/, '').replaceAll(/[/{}.]+/g, '-')}`.replace(/-$/, ''),
    method: method.toUpperCase(),
    path,
    summary: described.summary,
    credentials: described.security.flatMap((one) => Object.keys(one)),
    isIdempotent: described.parameters.some(({ name }) => name === 'Idempotency-Key'),
    parameters: described.parameters.map((one) => ({
      ...show(one.schema),
      name: one.name,
      place: one.in,
      required: one.required,
    })),
    body: shape ? { object: named ?? null, note: shape.description ?? '', fields: fieldsOf(shape) } : null,
    ...answersOf(described),
    curl: described['x-codeSamples'][0]?.source ?? '',
  }
}

function answersOf({ responses }: Operation): Pick<Call, 'answers' | 'problems'> {
  const answers: Call['answers'] = []
  const problems: Call['problems'] = []
  for (const [status, { description, content: body }] of Object.entries(responses)) {
    if (status.startsWith('2')) {
      const [mediaType, first] = Object.entries(body ?? {})[0] ?? []
      const shown = first ? show(first.schema) : { type: 'nothing', object: null }
      const type = mediaType === undefined || mediaType === JSON_TYPE ? shown.type : mediaType
      answers.push({ status, type, object: shown.object, note: description })
    } else problems.push({ status, codes: description.split(', ') })
  }
  return { answers, problems }
}

/** The fields of every problem (RFC 9457); a code may add to them. */
const OF_EVERY_PROBLEM = new Set(['type', 'title', 'status', 'detail', 'code', 'requestId'])

function problemOf(one: Schema): Reference['problems'][number] {
  const constant = (name: string) => String(one.properties?.[name]?.enum?.[0] ?? '')
  const adds = fieldsOf(one).filter(({ name }) => !OF_EVERY_PROBLEM.has(name))
  return { code: constant('code'), status: constant('status'), adds }
}

function fieldsOf(one: Schema): Field[] {
  const required = new Set(one.required)
  return Object.entries(one.properties ?? {}).map(([name, value]) => ({
    ...show(value),
    name,
    required: required.has(name),
  }))
}

function nameOf({ $ref, allOf }: Schema): string | null {
  const reference = $ref ?? (allOf?.length === 1 ? allOf[0]?.$ref : undefined)
  return reference?.replace('#/components/schemas/', '') ?? null
}

function show(one: Schema): Shown {
  const note = [one.description, ...limitsOf(one)].filter(Boolean).join(' ')
  return { ...typeOf(one), note }
}

const TYPES: Record<string, string> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  object: 'object',
  null: 'null',
}

function typeOf(one: Schema): Pick<Shown, 'type' | 'object'> {
  const named = nameOf(one)
  if (named) return { type: named, object: named }
  const choices = one.anyOf ?? one.oneOf
  if (choices) {
    const shown = choices.map(typeOf)
    return {
      type: shown.map(({ type }) => type).join(' or '),
      object: shown.find(({ object }) => object !== null)?.object ?? null,
    }
  }
  if (one.enum) return { type: one.enum.map((value) => String(value)).join(' · '), object: null }
  const types = one.type === undefined ? [] : [one.type].flat()
  if (types.includes('array')) {
    const item = one.items ? typeOf(one.items) : { type: 'anything', object: null }
    return { type: `list of ${item.type}`, object: item.object }
  }
  if (types.includes('object') && typeof one.additionalProperties === 'object')
    return { type: `pairs of text and ${typeOf(one.additionalProperties).type}`, object: null }
  if (types.includes('object') && one.properties)
    return { type: `{ ${Object.keys(one.properties).join(', ')} }`, object: null }
  const timed = one.format === 'date-time' ? 'time' : one.format === 'date' ? 'day' : null
  const words = types.map((type) => (type === 'string' && timed ? timed : (TYPES[type] ?? type)))
  return { type: words.join(' or ') || 'anything', object: null }
}

/** The constraints of a value in words, such as "1 to 50." or "At most 200 characters." */
function limitsOf(one: Schema): string[] {
  const limits: string[] = []
  const above = one.exclusiveMinimum
  const { minimum, maximum, maxLength, maxItems } = one
  if (above !== undefined && maximum !== undefined)
    limits.push(`More than ${above}, at most ${formatCount(maximum)}.`)
  else if (minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
    limits.push(`${formatCount(minimum)} to ${formatCount(maximum)}.`)
  if (maxLength !== undefined) limits.push(`At most ${formatCount(maxLength)} characters.`)
  if (maxItems !== undefined) limits.push(`At most ${formatCount(maxItems)}.`)
  if (one.default !== undefined) limits.push(`${String(one.default)} by default.`)
  return limits
}
