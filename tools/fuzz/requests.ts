import fc from 'fast-check'
import { type Document, type Known, type OperationDoc, Values } from './values'

/** A request as sent, and its route in the API document. */
export type FuzzRequest = {
  route: string
  method: string
  path: string
  query: [string, unknown][]
  headers: Record<string, string>
  body: string | null
}

/** The caller; only the sender knows the credentials. */
export const CREDENTIALS = [
  'key',
  'key',
  'key',
  'key',
  'key',
  'session',
  'appToken',
  'none',
  'wrong',
] as const

export type Route = { method: string; template: string; doc: OperationDoc }

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

export function routesOf(document: Document): Route[] {
  return Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, doc]) => ({ method, template, doc })),
  )
}

/** A few printable ASCII keys, so that they recur as replays and conflicts. */
const keys = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 1_000_000 }).map((n) => `fuzz-${n}`) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 20 }).map((n) => `again-${n}`) },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', 'x'.repeat(255), 'x'.repeat(256), 'é', '\t') },
)

/** Ways to corrupt a text in transit. */
const damages: ((text: string) => string)[] = [
  (text) => text.slice(0, -1),
  (text) => `${text}${text}`,
  (text) => `[${text}]`,
  () => '',
  () => 'null',
  () => '"',
  () => `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  (text) => text.replace('{', '{"__proto__":{"admin":true},'),
  (text) => text.replace('{', '{"user":"someone","user":"else",'),
  (text) => text.padEnd(70_000, ' '),
  (text) => text.replace(/"([^"]+)":/, '"$1x":'),
  (text) => text.replace(/\d+/, '1e999'),
]

/** Usually nothing, sometimes a value. */
function rarely<T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: times, arbitrary: fc.constant(null) }, { weight: 1, arbitrary })
}

function bodyOf({ doc }: Route, values: Values): fc.Arbitrary<string | null> {
  const schema = doc.requestBody?.content['application/json']?.schema
  if (!schema)
    return fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constant('{}') })
  const text = values.for(schema).map((value) => JSON.stringify(value) ?? '')
  return fc
    .tuple(text, fc.integer({ min: 0, max: 12 * damages.length }))
    .map(([sent, dice]) => damages[dice]?.(sent) ?? sent)
}

function requestOf(
  route: Route,
  values: Values,
): fc.Arbitrary<FuzzRequest & { as: (typeof CREDENTIALS)[number] }> {
  const parameters = route.doc.parameters ?? []
  const inPath = parameters.filter((parameter) => parameter.in === 'path')
  const inQuery = parameters.filter((parameter) => parameter.in === 'query')
  const optional = (arbitrary: fc.Arbitrary<unknown>, required: boolean | undefined) =>
    fc.option(arbitrary, { nil: undefined, freq: required ? 30 : 2 })
  const prefix = resourceOf(route).replace(/s$/, '')
  return fc
    .record({
      as: fc.constantFrom(...CREDENTIALS),
      path: fc.tuple(...inPath.map(({ name, schema }) => values.for(schema, name === 'id' ? prefix : name))),
      query: fc.tuple(
        ...inQuery.map(({ name, schema, required }) => optional(values.for(schema, name), required)),
      ),
      stray: rarely(20, fc.constantFrom('x', 'user', 'limit', '__proto__')),
      key: keys,
      type: fc.constantFrom(
        ...Array(40).fill('application/json'),
        'text/plain',
        'application/json; charset=utf-16',
        '',
      ),
      body: bodyOf(route, values),
    })
    .map(({ as, path, query, stray, key, type, body }) => {
      const filled = inPath.reduce(
        (address, { name }, place) => address.replace(`{${name}}`, segmentOf(String(path[place]))),
        route.template,
      )
      const headers: Record<string, string> = {}
      if (route.method === 'post' && isHeader(key)) headers['idempotency-key'] = key
      if (body !== null && type !== '') headers['content-type'] = type
      return {
        as,
        route: nameOf(route),
        method: route.method.toUpperCase(),
        path: filled,
        query: [
          ...inQuery.map(({ name }, place): [string, unknown] => [name, query[place]]),
          ...(stray === null ? [] : [[stray, '1'] as [string, unknown]]),
        ].filter(([, value]) => value !== undefined),
        headers,
        body,
      }
    })
}

/** A lone surrogate cannot be part of a URL. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '�')
}

/** Header values that fetch can send; the others need raw sockets. */
function isHeader(value: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(value)
}

/** `post /api/v1/holds/{id}/capture` */
export function nameOf({ method, template }: Route): string {
  return `${method} ${template}`
}

/** `holds` for `/api/v1/holds/{id}/capture`: one route makes the objects that its neighbours need. */
export function resourceOf({ template }: Route): string {
  return template.split('/')[3] ?? ''
}

/** Requests spread evenly over these documented routes. */
export function requestsOf(document: Document, known: Known, routes: Route[]) {
  const values = new Values(document, known)
  return fc.oneof(...routes.map((route) => requestOf(route, values)))
}

/** A non-empty path segment; `.` and `..` would be resolved before they are sent. */
function segmentOf(text: string): string {
  const segment = encodeURIComponent(wellFormed(text))
  return /^\.{0,2}$/.test(segment) ? `%20${segment}` : segment
}
