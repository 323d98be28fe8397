/*
 * Finds the changes in a newer OpenAPI document that break a client written for an older one. Everything that an old client
 * may send must still be accepted, and everything it reads must still exist, with only values it knows.
 */

export type Schema = {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  format?: string
  pattern?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
} & Partial<Record<(typeof LOWER_LIMITS)[number] | (typeof UPPER_LIMITS)[number], number>>

type Content = Record<string, { schema: Schema }>
type Parameter = { name: string; in: string; required?: boolean; schema: Schema }
export type Call = {
  security?: Record<string, unknown>[]
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content: Content }
  responses: Record<string, { headers?: Record<string, unknown>; content?: Content }>
}
export type Contract = {
  paths: Record<string, Record<string, Call>>
  components: { schemas: Record<string, Schema> }
}

/** `request`: what a client sends. `answer`: what it reads. */
type Direction = 'request' | 'answer'
type Place = { call: string; direction: Direction; field: string }

/** Keys defined by the operator's catalogue. They may change from an enum to any text in an answer. */
const CATALOGUE_KEYS = /(^|\.)(plan|plan\.key|tier|unit|operation)$/

/** The places in an answer that may have values unknown to 0.1; CHANGELOG.md lists the values. */
const MAY_HAVE_NEW_VALUES: ((place: Place) => boolean)[] = [
  ({ field }) => /(^|\.)options\[\]\.kind$/.test(field),
  ({ call, field }) => call.startsWith('GET /api/v1/balance ') && field === 'plan.status',
  ({ call, field }) => call.startsWith('GET /api/v1/statement ') && field === 'data[].kind',
]

const LOWER_LIMITS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'] as const
const UPPER_LIMITS = ['maximum', 'maxLength', 'maxItems', 'maxProperties'] as const

/** The changes from `before` to `after` that break clients, one sentence each; empty if there are none. */
export function contractBreaks(before: Contract, after: Contract): string[] {
  const walk = new Walk(before, after)
  for (const [path, calls] of Object.entries(before.paths)) {
    for (const [method, call] of Object.entries(calls)) {
      const name = `${method.toUpperCase()} ${path}`
      const now = after.paths[path]?.[method]
      if (now) walk.call(name, call, now)
      else walk.broken(name, 'is gone')
    }
  }
  return walk.breaks
}

class Walk {
  breaks: string[] = []

  constructor(
    private readonly before: Contract,
    private readonly after: Contract,
  ) {}

  broken(where: string | Place, what: string): void {
    const name = typeof where === 'string' ? where : `${where.call}${where.field || 'body'}`
    this.breaks.push(`${name} ${what}`)
  }

  call(name: string, old: Call, now: Call): void {
    const schemes = ({ security = [] }: Call) => security.flatMap((one) => Object.keys(one))
    for (const scheme of schemes(old))
      if (!schemes(now).includes(scheme)) this.broken(name, `no longer accepts ${scheme}`)
    if (schemes(old).length === 0 && schemes(now).length > 0) this.broken(name, 'now needs a credential')
    this.parameters(name, old.parameters ?? [], now.parameters ?? [])
    this.body(name, old, now)
    for (const [status, answer] of Object.entries(old.responses)) {
      const answered = now.responses[status]
      if (!answered) {
        this.broken(`${name} ${status}`, 'is gone')
        continue
      }
      for (const header of Object.keys(answer.headers ?? {}))
        if (!answered.headers?.[header]) this.broken(`${name} ${status}`, `no longer has ${header}`)
      const place = { call: `${name} ${status} `, direction: 'answer', field: '' } as const
      this.content(place, answer.content ?? {}, answered.content ?? {})
    }
  }

  private parameters(name: string, old: Parameter[], now: Parameter[]): void {
    const find = (all: Parameter[], one: Parameter) =>
      all.find((other) => other.name === one.name && other.in === one.in)
    for (const one of old) {
      const place = { call: `${name} ${one.in} `, direction: 'request', field: one.name } as const
      const found = find(now, one)
      if (found) this.schema(place, one.schema, found.schema)
      else this.broken(place, 'is gone')
    }
    for (const one of now)
      if (one.required && !find(old, one)?.required)
        this.broken(`${name} ${one.in} ${one.name}`, 'became required')
  }

  private body(name: string, { requestBody: old }: Call, { requestBody: now }: Call): void {
    if (now?.required && !old?.required) this.broken(`${name} body`, 'became required')
    if (!old) return
    const place = { call: `${name} `, direction: 'request', field: '' } as const
    if (now) this.content(place, old.content, now.content)
    else this.broken(place, 'is gone')
  }

  private content(place: Place, old: Content, now: Content): void {
    for (const [mediaType, { schema }] of Object.entries(old)) {
      const found = now[mediaType]
      if (found) this.schema(place, schema, found.schema)
      else this.broken(place, `is no longer ${mediaType}`)
    }
  }

  private schema(place: Place, before: Schema, after: Schema): void {
    const choices = choicesOf(this.before, before)
    const choicesNow = choicesOf(this.after, after)
    const [old, now] = [choices[0], choicesNow[0]]
    if (choices.length === 1 && choicesNow.length === 1 && old && now) {
      this.one(place, old, now)
      return
    }
    const known = new Set<Schema>()
    for (const [index, choice] of choices.entries()) {
      const code = codeOf(choice)
      const found =
        code === undefined
          ? choicesNow.find((other) => this.fits(place, choice, other))
          : choicesNow.find((other) => codeOf(other) === code)
      if (!found) this.broken(place, `no longer has its choice ${code ?? index + 1}`)
      else {
        known.add(found)
        this.one(place, choice, found)
      }
    }
    // A status may get new codes, because the contract tells clients to expect unknown ones.
    const isNew = (other: Schema) =>
      codeOf(other) === undefined && !choices.some((one) => this.fits(place, one, other))
    if (place.direction === 'answer' && choicesNow.some((other) => !known.has(other) && isNew(other)))
      this.broken(place, 'may have a new type')
  }

  private fits(place: Place, old: Schema, now: Schema): boolean {
    const trial = new Walk(this.before, this.after)
    trial.one(place, old, now)
    return trial.breaks.length === 0
  }

  /** Compares two schemas that have no alternatives. */
  private one(place: Place, old: Schema, now: Schema): void {
    const [wide, narrow] = place.direction === 'answer' ? [old, now] : [now, old]
    const strange = typesOf(narrow)?.filter((type) => !accepts(wide, type)) ?? []
    if (strange.length > 0 || (typesOf(wide) && !typesOf(narrow)))
      this.broken(place, `was ${typesOf(old) ?? 'anything'} and is ${typesOf(now) ?? 'anything'}`)
    this.values(place, old, now)
    // The values of an enum are known and within any length limit.
    if (place.direction === 'request' && !old.enum) this.limits(place, old, now)
    this.properties(place, old, now)
    if (old.items) this.schema({ ...place, field: `${place.field}[]` }, old.items, now.items ?? {})
    if (typeof old.additionalProperties === 'object') {
      const values = typeof now.additionalProperties === 'object' ? now.additionalProperties : null
      if (values) this.schema({ ...place, field: `${place.field}{}` }, old.additionalProperties, values)
      else this.broken(place, 'no longer accepts arbitrary field names')
    }
  }

  private values(place: Place, { enum: old }: Schema, { enum: now }: Schema): void {
    const isAnswer = place.direction === 'answer'
    for (const value of now ? (old ?? []) : [])
      if (!now?.includes(value)) this.broken(place, `no longer knows ${value}`)
    if (old && !now && isAnswer && !CATALOGUE_KEYS.test(place.field))
      this.broken(place, 'may have any value now')
    if (!old && now && !isAnswer) this.broken(place, `accepts nothing but ${now}`)
    if (!old || !now || !isAnswer || MAY_HAVE_NEW_VALUES.some((allows) => allows(place))) return
    for (const value of now) if (!old.includes(value)) this.broken(place, `has the new value ${value}`)
  }

  private limits(place: Place, old: Schema, now: Schema): void {
    for (const limit of LOWER_LIMITS)
      if ((now[limit] ?? Number.NEGATIVE_INFINITY) > (old[limit] ?? Number.NEGATIVE_INFINITY))
        this.broken(place, `has a higher ${limit}: ${now[limit]}`)
    for (const limit of UPPER_LIMITS)
      if ((now[limit] ?? Number.POSITIVE_INFINITY) < (old[limit] ?? Number.POSITIVE_INFINITY))
        this.broken(place, `has a lower ${limit}: ${now[limit]}`)
    for (const form of ['format', 'pattern'] as const)
      if (now[form] !== undefined && now[form] !== old[form])
        this.broken(place, `needs the ${form} ${now[form]}`)
    if (typesOf(old)?.includes('object') && now.additionalProperties === false && !closed(old))
      this.broken(place, 'refuses unknown field names')
  }

  private properties(place: Place, old: Schema, now: Schema): void {
    const at = (name: string): Place => ({ ...place, field: place.field ? `${place.field}.${name}` : name })
    for (const [name, schema] of Object.entries(old.properties ?? {})) {
      const found = now.properties?.[name]
      if (found) this.schema(at(name), schema, found)
      else this.broken(at(name), 'is gone')
    }
    const [promised, given] = place.direction === 'answer' ? [old, now] : [now, old]
    const change = place.direction === 'answer' ? 'may be missing now' : 'became required'
    for (const name of promised.required ?? [])
      if (!given.required?.includes(name) && (place.direction === 'request' || now.properties?.[name]))
        this.broken(at(name), change)
  }
}

/** The alternatives of a schema, with references resolved. */
function choicesOf(contract: Contract, given: Schema): Schema[] {
  const schema = resolve(contract, given)
  const choices = schema.anyOf ?? schema.oneOf
  return choices ? choices.flatMap((one) => choicesOf(contract, one)) : [schema]
}

function resolve(contract: Contract, schema: Schema): Schema {
  if (schema.$ref !== undefined) {
    const found = contract.components.schemas[schema.$ref.replace('#/components/schemas/', '')]
    if (!found) throw new Error(`${schema.$ref} is not in the document`)
    return resolve(contract, found)
  }
  if (!schema.allOf) return schema
  // The generator writes a reference with a description or with null this way; the last part says more.
  return Object.assign({}, ...schema.allOf.map((one) => resolve(contract, one)))
}

function typesOf({ type }: Schema): string[] | null {
  return type === undefined ? null : [type].flat()
}

function accepts(schema: Schema, type: string): boolean {
  const types = typesOf(schema)
  return !types || types.includes(type) || (type === 'integer' && types.includes('number'))
}

function closed({ additionalProperties }: Schema): boolean {
  return additionalProperties === false
}

/** The code that distinguishes a problem from the others with its status. */
function codeOf({ properties }: Schema): unknown {
  return properties?.code?.enum?.[0]
}
