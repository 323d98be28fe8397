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

/** What marks a request of a batch: the id of what it makes, its key, and the hash of what it asks. */
export const MARK = { id: uuid('id'), key: text('key'), keyFingerprint: uuid('key_fingerprint') }

/**
 * The mark of a new request. The rest is put onto it with `Object.assign`: to spread a request into a new object costs ten times
 * as much (Node 20), more than all else a batch does with it.
 */
export function markOf(accountId: string, { key, fingerprint }: Idempotency) {
  return { id: newLedgerId(accountId), key, keyFingerprint: fingerprint }
}

/** What batches that charge are decided by: the time, the slot of the reward counters, and the daily limits of rewards. */
export const CHARGE_SETTINGS = codec<{ now: Date; slot: number; payerMax: number; creatorMax: number }>({
  now: date('now'),
  slot: smallint('slot'),
  payerMax: bigint('payer_max'),
  creatorMax: bigint('creator_max'),
})

type Codecs<Settings, Request, Made> = {
  /** One parameter each, named `p_` and the column's name. */
  settings: Codec<Settings>
  /** One array parameter each, named alike. Without groups. */
  request: Codec<Request>
  made: Codec<Made>
}

export type BatchFunction<Settings, Request, Made> = Codecs<Settings, Request, Made> & {
  name: string
  /** Calls the function with all the requests at once; returns what it made, in any order. */
  call: (pool: Pool, settings: Settings, requests: Request[]) => Promise<Made[]>
}

/** A function of lib/credits/sql that takes many requests at once, as one array a column. */
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
 * One column of all requests as PostgreSQL writes an array, in one pass. The driver's own way costs more than the database's work
 * on a batch: it escapes each element with patterns.
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

/** Elements of other types never need quotes: uuids, numbers, booleans, timestamps. */
const WRITERS: Record<string, (value: unknown) => string> = {
  text: (value) => quoted(String(value)),
  // JSON has no control characters, so that a JSON string quotes it just as PostgreSQL does, and faster than patterns do.
  jsonb: (value) => JSON.stringify(JSON.stringify(value)),
}

const SPECIAL = /["\\]/
const EVERY_SPECIAL = /["\\]/g

function quoted(element: string): string {
  return `"${SPECIAL.test(element) ? element.replace(EVERY_SPECIAL, '\\$&') : element}"`
}
