import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020'
import addFormats from 'ajv-formats'
import type { Document, OperationDoc } from './values'

export type Answered = { status: number; headers: Headers; text: string }

/** Checks answers against the API document: only the documented statuses, with bodies of their schemas. */
export class AnswerChecks {
  private readonly ajv: Ajv2020
  private readonly compiled = new Map<string, ValidateFunction>()

  constructor(private readonly document: Document) {
    this.ajv = new Ajv2020({ strict: false, allErrors: false })
    addFormats.default(this.ajv)
    this.ajv.addSchema({ $id: 'api', ...document })
  }

  /** The problem with an answer; null if it is as documented. */
  findingOf(route: string, { status, headers, text }: Answered): string | null {
    if (status >= 500) return `answered ${status}: ${text.slice(0, 300)}`
    if (!headers.get('x-request-id')) return `answered ${status} without X-Request-Id`
    const [method = '', template = ''] = route.split(' ')
    const doc: OperationDoc | undefined = this.document.paths[template]?.[method]
    const documented = doc?.responses[status]
    if (!documented) return `answered ${status}, which is not documented: ${text.slice(0, 300)}`
    const [type, content] = Object.entries(documented.content ?? {})[0] ?? []
    if (type === undefined)
      return text === '' ? null : `answered ${status} with a body: ${text.slice(0, 300)}`
    if (!headers.get('content-type')?.startsWith(type))
      return `answered ${status} as ${headers.get('content-type')}, not ${type}`
    if (!type.endsWith('json') || !content?.schema) return null
    const place = { method, template, status: String(status), type }
    // Newline-delimited JSON is documented by the schema of one line.
    const bodies = type.endsWith('ndjson') ? text.trimEnd().split('\n') : [text]
    for (const body of bodies) {
      const finding = this.mismatch(place, body)
      if (finding !== null) return finding
    }
    return null
  }

  private mismatch(place: { method: string; template: string; status: string; type: string }, text: string) {
    const pointer = [
      'paths',
      place.template,
      place.method,
      'responses',
      place.status,
      'content',
      place.type,
      'schema',
    ]
    const ref = `api#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
    const validate = this.compiled.get(ref) ?? this.ajv.compile({ $ref: ref })
    this.compiled.set(ref, validate)
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      return `answered ${place.status} with a body that is not JSON: ${text.slice(0, 300)}`
    }
    if (validate(body)) return null
    const [error] = validate.errors ?? []
    return `answered ${place.status} with a body unlike its schema, at "${error?.instancePath}": ${error?.message}: ${text.slice(0, 300)}`
  }
}
