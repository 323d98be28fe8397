import type { Pool } from 'pg'
import type { Idempotency } from '@/lib/credits/book/inputs'
import {
  bigint,
  type Codec,
  type Column,
  codec,
  date,
  type Row,
  smallint,
  text,
  uuid,
} from '@/lib/credits/store/codec'
import { newLedgerId } from '@/lib/ids'

/**
 * The fields that every request in a batch has: the id of the object to create, the idempotency key and the request hash.
 */
export const MARK = { id: uuid('id'), key: text('key'), keyFingerprint: uuid('key_fingerprint') }

/**
 * Creates the common fields of a new request. Callers add the other fields with `Object.assign`, because spreading a
 * request into a new object costs ten times as much (Node 20), more than the rest of a batch.
 */
export function markOf(accountId: string, { key, fingerprint }: Idempotency) {
  return { id: newLedgerId(accountId), key, keyFingerprint: fingerprint }
}

/** The settings for a batch of charges: the time, the slot of the reward counters and the velocity limits. */
export const CHARGE_SETTINGS = codec<{ now: Date; slot: number; payerMax: number; creatorMax: number }>({
  now: date('now'),
  slot: smallint('slot'),
  payerMax: bigint('payer_max'),
  creatorMax: bigint('creator_max'),
})

type Codecs<Settings, Request, Made> = {
  /** Each column becomes one parameter, named `p_` plus the column name. */
  settings: Codec<Settings>
  /** Each column becomes one array parameter, named the same way. Groups are not supported. */
  request: Codec<Request>
  made: Codec<Made>
}

export type BatchFunction<Settings, Request, Made> = Codecs<Settings, Request, Made> & {
  name: string
  /** Calls the function once with all requests and returns the created objects in any order. */
  call: (pool: Pool, settings: Settings, requests: Request[]) => Promise<Made[]>
}

/** A function of lib/credits/sql that takes many requests per call, one array per column. */
export function batchFunction<Settings, Request, Made>(
  name: string,
  codecs: Codecs<Settings, Request, Made>,
): BatchFunction<Settings, Request, Made> {
  const { settings, request, made } = codecs
  const fields = Object.entries(request.fields) as [keyof Request, Column<string, unknown>][]
  const parameters = [
    ...settings.columns,
    ...request.columns.map(({ name, type }) => ({ name, type: `${type}[]` })),
  ]
  const given = parameters.map((column, place) => `p_${column.name} => $${place + 1}::${column.type}`)
  const query = {
    name,
    text: `select ${made.select('made')} from ${name}(${given.join(', ')}) made`,
  }
  return {
    name,
    ...codecs,
    call: async (pool, chosen, requests) => {
      const arrays = fields.map(([field, column]) => arrayOf(column, requests, field))
      const { rows } = await pool.query<Row>({
        ...query,
        values: [...Object.values(settings.encode(chosen)), ...arrays],
      })
      return rows.map(made.decode)
    },
  }
}

/**
 * Writes one column of all requests as a PostgreSQL array literal, in one pass. The driver escapes each element with
 * regular expressions, which costs more than the database's work on the batch.
 */
function arrayOf<Request>(
  { type, encode }: Column<string, unknown>,
  requests: Request[],
  field: keyof Request,
): string {
  const write = WRITERS[type] ?? String
  let literal = ''
  for (const request of requests) {
    const value = encode(request[field])
    literal += value === null ? ',NULL' : `,${write(value)}`
  }
  return `{${literal.slice(1)}}`
}

/** Elements of other types (UUIDs, numbers, booleans, timestamps) never need quotes. */
const WRITERS: Record<string, (value: unknown) => string> = {
  text: (value) => quoted(String(value)),
  // JSON escapes control characters, so JSON string quoting is valid for PostgreSQL too. It is faster than regular
  // expressions.
  jsonb: (value) => JSON.stringify(JSON.stringify(value)),
}

const SPECIAL = /["\\]/
const EVERY_SPECIAL = /["\\]/g

function quoted(element: string): string {
  return `"${SPECIAL.test(element) ? element.replace(EVERY_SPECIAL, '\\$&') : element}"`
}
