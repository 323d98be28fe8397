import { isoFromMicros, type Micros } from '@/lib/instant'
import { type Millicredits, millicredits } from '@/lib/millicredits'

/*
 * A codec defines once how a value of the program is stored in database columns; tables.ts has one for each ledger table.
 * Select lists, insert lists, batch parameters and row parsing are derived from it, so no other code lists the
 * columns.
 */

type Json = string | number | boolean | object | null

/**
 * One value in one column. The name is part of the type, and a codec accepts only the column that has the field's name in
 * snake case. Two columns of one type therefore cannot be swapped.
 */
export type Column<Name extends string, Value> = {
  name: Name
  /** The SQL type. */
  type: string
  /** Returns the expression that reads the column from the row named `row`. */
  read: (row: string) => string
  /** Reads the value from a row of the driver or of JSON. Throws a TypeError or RangeError for any other value. */
  decode: (stored: unknown) => Value
  /** Returns the value as JSON stores it. */
  encode: (value: Value) => Json
}

/** One value in several columns, or in a column of another name. `group` makes it. */
type Group<Value> = { columns: AnyColumn[]; decode: (row: Row) => Value; encode: (value: Value) => Row }

type AnyColumn = Pick<Column<string, never>, 'name' | 'type' | 'read'>

/** A row by column name, from the driver or from JSON. */
export type Row = Record<string, unknown>

type SnakeCase<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Text

/** A column is named after its field, with `_amount` appended if the name is an SQL keyword (LIMIT). */
type NameOf<Field extends string> = SnakeCase<Field> | `${SnakeCase<Field>}_amount`

/** The column or group of each field. */
export type Fields<Value> = {
  [Field in keyof Value]: Column<NameOf<Field & string>, Value[Field]> | Group<Value[Field]>
}

export type Codec<Value> = {
  fields: Fields<Value>
  columns: AnyColumn[]
  /** The column list of an INSERT. */
  list: string
  /** Returns the select list that `decode` reads, for the row named `row`. */
  select: (row: string) => string
  /** Returns a FROM item with the rows of a JSON array of encoded values. */
  fromJson: (json: string, alias: string) => string
  decode: (row: Row) => Value
  encode: (value: Value) => Row
}

export function codec<Value>(fields: Fields<Value>): Codec<Value> {
  const entries = Object.entries(fields) as [keyof Value, Column<string, unknown> | Group<unknown>][]
  const columns = entries.flatMap(([, field]) => columnsOf(field))
  const definitions = columns.map(({ name, type }) => `${name} ${type}`).join(', ')
  return {
    fields,
    columns,
    list: columns.map(({ name }) => name).join(', '),
    select: (row) => columns.map(({ name, read }) => `${read(row)} as ${name}`).join(', '),
    fromJson: (json, alias) => `jsonb_to_recordset(${json}) as ${alias} (${definitions})`,
    decode: (row) => {
      const value: Partial<Record<keyof Value, unknown>> = {}
      for (const [name, field] of entries)
        value[name] = 'columns' in field ? field.decode(row) : field.decode(row[field.name])
      return value as Value
    },
    encode: (value) => {
      const row: Row = {}
      for (const [name, field] of entries) {
        if ('columns' in field) Object.assign(row, field.encode(value[name]))
        else row[field.name] = field.encode(value[name])
      }
      return row
    },
  }
}

function columnsOf(field: AnyColumn | Pick<Group<never>, 'columns'>): AnyColumn[] {
  return 'columns' in field ? field.columns : [field]
}

/** A codec of the named fields only. */
export function pick<Value, Field extends keyof Value>(
  { fields }: Codec<Value>,
  ...names: Field[]
): Codec<Pick<Value, Field>> {
  const picked: Partial<Fields<Value>> = {}
  for (const name of names) picked[name] = fields[name]
  return codec(picked as Fields<Pick<Value, Field>>)
}

/** A codec with additional fields. */
export function extend<Value, More>({ fields }: Codec<Value>, more: Fields<More>): Codec<Value & More> {
  return codec({ ...fields, ...more } as Fields<Value & More>)
}

/** The assignments of an UPDATE that sets the named fields from the row named `row`. */
export function assignments<Value>({ fields }: Codec<Value>, row: string, names: (keyof Value)[]): string {
  const columns = names.flatMap((name) => columnsOf(fields[name]))
  return columns.map(({ name }) => `${name} = ${row}.${name}`).join(', ')
}

/** A table and the codec of its rows. */
export type Table<Value> = Codec<Value> & {
  name: string
  /** Returns an INSERT of a JSON array of encoded values. */
  insertFrom: (json: string) => string
}

export function table<Value>(name: string, fields: Fields<Value>): Table<Value> {
  const rows = codec(fields)
  const insertFrom = (from: string) =>
    `insert into ${name} (${rows.list}) select ${rows.list} from ${rows.fromJson(from, 'x')}`
  return { ...rows, name, insertFrom }
}

/** A value stored in the columns of `inner` together. */
export function group<Inner, Value>(
  inner: Codec<Inner>,
  join: (stored: Inner) => Value,
  split: (value: Value) => Inner,
): Group<Value> {
  return {
    columns: inner.columns,
    decode: (row) => join(inner.decode(row)),
    encode: (value) => inner.encode(split(value)),
  }
}

export function nullable<Name extends string, Value>(
  column: Column<Name, Value>,
): Column<Name, Value | null> {
  return {
    ...column,
    decode: (stored) => (stored === null ? null : column.decode(stored)),
    encode: (value) => (value === null ? null : column.encode(value)),
  }
}

/** Stores null as `stand`, for a column that is part of a key. */
export function orElse<Name extends string>(
  column: Column<Name, string>,
  stand: string,
): Column<Name, string | null> {
  return {
    ...column,
    decode: (stored) => (stored === stand ? null : column.decode(stored)),
    encode: (value) => column.encode(value ?? stand),
  }
}

type Coding<Value> = Pick<Column<string, Value>, 'decode' | 'encode'> & { read?: (column: string) => string }

function column<Name extends string, Value>(
  name: Name,
  type: string,
  { decode, encode, read = (stored) => stored }: Coding<Value>,
): Column<Name, Value> {
  return { name, type, read: (row) => read(`${row}.${name}`), decode, encode }
}

const asIs = <Value extends Json>(value: Value): Value => value

function refuse(stored: unknown, type: string): never {
  throw new TypeError(`${JSON.stringify(stored)} is not a ${type}`)
}

function decodeText(stored: unknown): string {
  return typeof stored === 'string' ? stored : refuse(stored, 'text')
}

function decodeWhole(stored: unknown): number {
  return Number.isSafeInteger(stored) ? (stored as number) : refuse(stored, 'whole number')
}

function decodeAmount(stored: unknown): Millicredits {
  return millicredits(decodeWhole(stored))
}

export const text = <Name extends string>(name: Name): Column<Name, string> =>
  column(name, 'text', { decode: decodeText, encode: asIs })

/** A string from a fixed set. */
export const oneOf = <Name extends string, Value extends string>(
  name: Name,
  values: readonly Value[],
): Column<Name, Value> =>
  column(name, 'text', {
    decode: (stored) => values.find((value) => value === stored) ?? refuse(stored, values.join(' or ')),
    encode: asIs,
  })

export const uuid = <Name extends string>(name: Name): Column<Name, string> =>
  column(name, 'uuid', { decode: decodeText, encode: asIs })

export const boolean = <Name extends string>(name: Name): Column<Name, boolean> =>
  column(name, 'boolean', {
    decode: (stored) => (typeof stored === 'boolean' ? stored : refuse(stored, 'boolean')),
    encode: asIs,
  })

export const integer = <Name extends string>(name: Name): Column<Name, number> =>
  column(name, 'integer', { decode: decodeWhole, encode: asIs })

export const smallint = <Name extends string>(name: Name): Column<Name, number> =>
  column(name, 'smallint', { decode: decodeWhole, encode: asIs })

/** A whole number that is not an amount of credits: a count, minor units of money or a signed change. */
export const bigint = <Name extends string>(name: Name): Column<Name, number> =>
  column(name, 'bigint', { decode: decodeWhole, encode: asIs })

export const amount = <Name extends string>(name: Name): Column<Name, Millicredits> =>
  column(name, 'bigint', { decode: decodeAmount, encode: asIs })

/** A JSON object. Its fields are not checked. */
export const json = <Name extends string, Value extends object>(name: Name): Column<Name, Value> =>
  column(name, 'jsonb', {
    decode: (stored) =>
      typeof stored === 'object' && stored !== null ? (stored as Value) : refuse(stored, 'object'),
    encode: asIs,
  })

/** An instant in account time, to the microsecond. */
export const instant = <Name extends string>(name: Name): Column<Name, Micros> =>
  column(name, 'timestamptz', {
    read: (stored) => `micros(${stored})`,
    decode: (stored) => decodeWhole(stored) as Micros,
    encode: isoFromMicros,
  })

/** An instant to the millisecond. */
export const date = <Name extends string>(name: Name): Column<Name, Date> =>
  column(name, 'timestamptz', {
    decode: (stored) => (stored instanceof Date ? stored : new Date(decodeText(stored))),
    encode: (value) => value.toISOString(),
  })

/** A UTC day, represented by its first instant. */
export const dayStart = <Name extends string>(name: Name): Column<Name, Date> =>
  column(name, 'date', {
    read: (stored) => `${stored}::text`,
    decode: (stored) => new Date(decodeText(stored)),
    encode: (value) => value.toISOString().slice(0, 10),
  })

/** A UTC day in the form YYYY-MM-DD. */
export const day = <Name extends string>(name: Name): Column<Name, string> =>
  column(name, 'date', { read: (stored) => `${stored}::text`, decode: decodeText, encode: asIs })

/** An array whose items need no quotes, parsed here because the driver's parser costs more than the rest of the row. */
const array = <Name extends string, Item extends Json>(
  name: Name,
  type: string,
  decodeItem: (text: string) => Item,
): Column<Name, Item[]> =>
  column(name, `${type}[]`, {
    read: (stored) => `${stored}::text`,
    decode: (stored) => {
      const items = decodeText(stored).slice(1, -1)
      return items === '' ? [] : items.split(',').map(decodeItem)
    },
    encode: asIs,
  })

/** The driver parses arrays of text because their items may be quoted. */
export const texts = <Name extends string>(name: Name): Column<Name, readonly string[]> =>
  column<Name, readonly string[]>(name, 'text[]', {
    decode: (stored) => (Array.isArray(stored) ? stored.map(decodeText) : refuse(stored, 'array of texts')),
    encode: asIs,
  })

export const uuids = <Name extends string>(name: Name): Column<Name, string[]> => array(name, 'uuid', asIs)

export const amounts = <Name extends string>(name: Name): Column<Name, Millicredits[]> =>
  array(name, 'bigint', (item) => decodeAmount(Number(item)))
