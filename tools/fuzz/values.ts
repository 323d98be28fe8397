import fc from 'fast-check'

/** The part of JSON Schema that the API document uses. */
export type Schema = {
  $ref?: string
  type?: string
  enum?: unknown[]
  anyOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  maxProperties?: number
  items?: Schema
  minItems?: number
  maxItems?: number
  minimum?: number
  exclusiveMinimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  format?: string
}

export type Document = {
  paths: Record<string, Record<string, OperationDoc>>
  components: { schemas: Record<string, Schema> }
}

type Content = Record<string, { schema?: Schema }>
export type OperationDoc = {
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[]
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}

/** Known ids and words by the field that takes them. Grows with the answers. */
export type Known = {
  /** A value for a field of this name, if one is known. */
  pick(field: string, dice: number): unknown
  /** Makes the related fields of a body consistent. */
  agree(body: object, dice: number): object
}

const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '💥'.repeat(60),
  "'; drop table wallets; --",
  '../../etc/passwd',
  '%00',
  '=1+1',
  '<script>alert(1)</script>',
  '{{7*7}}',
  'null',
  'x'.repeat(5_000),
  'usr_',
  'usr_00000000000000000000000000000000',
  'chg_ffffffffffffffffffffffffffffffff',
  '__proto__',
  'constructor',
]
const HOSTILE_NUMBERS = [
  0,
  -0,
  -1,
  0.0001,
  1e-9,
  1e9,
  1e9 + 1,
  2 ** 53,
  -(2 ** 63),
  1e308,
  0.1 + 0.2,
  999_999_999.9995,
]
const TIMES = [
  '2026-11-01T00:00:00Z',
  '2026-11-20T12:00:00Z',
  '2026-12-01T00:00:00Z',
  '2027-11-01T00:00:00Z',
  '1970-01-01T00:00:00Z',
  '9999-01-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '2026-11-01',
  '2026-11-01T00:00:00+14:00',
  'now',
]

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...HOSTILE_TEXTS, ...HOSTILE_NUMBERS, null, true, [], {}, [[]], [null]),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
)

/** The share of values that ignore their schema. */
const HOSTILE_WEIGHT = 1
const TRUE_WEIGHT = 40
/** The share of optional fields that are left out. */
const OMITTED_WEIGHT = 3

function mostly(honest: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: TRUE_WEIGHT, arbitrary: honest }, { weight: HOSTILE_WEIGHT, arbitrary: hostile })
}

/** Values for a schema: mostly valid, sometimes at its edges, sometimes anything. */
export class Values {
  constructor(
    private readonly document: Document,
    private readonly known: Known,
  ) {}

  for(schema: Schema, field = ''): fc.Arbitrary<unknown> {
    if (schema.$ref) {
      const name = schema.$ref.split('/').at(-1) ?? ''
      const target = this.document.components.schemas[name]
      if (!target) throw new Error(`${schema.$ref} is not in the document`)
      return this.for(target, field)
    }
    const honest = this.honest(schema, field)
    // Evaluated when the value is drawn, so that it can use names from earlier answers.
    const named = fc.nat().map((dice) => ({ dice }))
    return mostly(
      fc.tuple(named, honest).map(([{ dice }, made]) => {
        const value = dice % 10 < 9 ? this.known.pick(field, Math.floor(dice / 10)) : undefined
        return value === undefined ? made : value
      }),
    )
  }

  private honest(schema: Schema, field: string): fc.Arbitrary<unknown> {
    if (schema.enum) return fc.constantFrom(...schema.enum)
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => this.for(each, field)))
    if (schema.allOf) {
      return fc
        .tuple(...schema.allOf.map((each) => this.for(each, field)))
        .map((parts) => Object.assign({}, ...parts))
    }
    switch (schema.type) {
      case 'object':
        return this.object(schema)
      case 'array':
        return fc.array(this.for(schema.items ?? {}, field), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.min(schema.maxItems ?? 5, 5),
        })
      case 'integer':
      case 'number':
        return numberFor(schema)
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      case 'string':
        return textFor(schema)
      default:
        return hostile
    }
  }

  private object(schema: Schema): fc.Arbitrary<unknown> {
    const fields = Object.entries(schema.properties ?? {})
    const required = new Set(schema.required)
    const drawn = fc.tuple(
      ...fields.map(([name, each]) =>
        required.has(name)
          ? this.for(each, name)
          : fc.oneof(
              { weight: OMITTED_WEIGHT, arbitrary: fc.constant(undefined) },
              { weight: 1, arbitrary: this.for(each, name) },
            ),
      ),
    )
    const record = fc.tuple(drawn, fc.nat()).map(([parts, dice]) => {
      const made = Object.fromEntries(
        fields.map(([name], place) => [name, parts[place]]).filter(([, value]) => value !== undefined),
      )
      return 'user' in (schema.properties ?? {}) && dice % 10 > 0 ? this.known.agree(made, dice) : made
    })
    const more =
      typeof schema.additionalProperties === 'object'
        ? fc.dictionary(fc.string({ maxLength: 12 }), this.for(schema.additionalProperties), {
            maxKeys: Math.min(schema.maxProperties ?? 4, 4),
          })
        : fc.constant({})
    return fc.tuple(record, more).map(([known, rest]) => ({ ...rest, ...known }))
  }
}

function numberFor({ type, minimum, exclusiveMinimum, maximum }: Schema): fc.Arbitrary<unknown> {
  const least = minimum ?? exclusiveMinimum ?? 0
  const most = maximum ?? 1e9
  const small = fc.integer({ min: Math.ceil(least), max: Math.min(most, Math.ceil(least) + 3_000) })
  const edges = fc.constantFrom(least, most, most + 1, least - 1)
  const fine =
    type === 'number' ? fc.integer({ min: 1, max: 50_000 }).map((thousandths) => thousandths / 1_000) : small
  return fc.oneof(
    { weight: 8, arbitrary: small },
    { weight: 3, arbitrary: fine },
    { weight: 1, arbitrary: edges },
  )
}

function textFor({ format, pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<unknown> {
  if (format === 'date-time') return fc.constantFrom(...TIMES)
  if (format === 'email') return fc.integer({ min: 0, max: 500 }).map((n) => `fuzz-${n}@example.com`)
  if (format === 'uri')
    return fc.constantFrom('https://app.example', 'http://127.0.0.1:1', 'javascript:alert(1)', '//x')
  if (pattern) return fc.oneof(fc.stringMatching(new RegExp(pattern)), fc.constantFrom(...HOSTILE_TEXTS))
  return fc.oneof(
    { weight: 6, arbitrary: fc.string({ minLength, maxLength: Math.min(maxLength, 40) }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...HOSTILE_TEXTS, 'x'.repeat(maxLength), 'x'.repeat(maxLength + 1)),
    },
  )
}
