import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Charge, Grant, Hold } from '@/lib/credits/book/records'
import type { Micros } from '@/lib/instant'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { amount, type Codec, codec, nullable, type Row, table, text, uuid } from './codec'
import * as tables from './tables'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

type Price = { base: Millicredits; premium: Millicredits }

describe('a codec does not compile', () => {
  test('if the columns of base and premium are swapped', () => {
    // @ts-expect-error: each field accepts only its own column.
    const swapped = codec<Price>({ base: amount('premium'), premium: amount('base') })
    expect(swapped.encode({ base: millicredits(10), premium: millicredits(1) })).toEqual({
      premium: 10,
      base: 1,
    })
  })

  test('if it extends a codec whose columns are swapped', () => {
    const { base, premium } = tables.CHARGES.fields
    // @ts-expect-error: the columns keep their names.
    const swapped = table<Charge>('charges', { ...tables.CHARGES.fields, base: premium, premium: base })
    expect(swapped.list).toContain('premium, base')
  })

  test('if a column is nullable and its value is not, or vice versa', () => {
    // @ts-expect-error: an amount is never null.
    const mayBeNull = codec<Pick<Price, 'base'>>({ base: nullable(amount('base')) })
    // @ts-expect-error: text cannot be null.
    const neverNull = codec<{ reason: string | null }>({ reason: text('reason') })
    expect([mayBeNull.list, neverNull.list]).toEqual(['base', 'reason'])
  })

  test('if a field has no column', () => {
    // @ts-expect-error: `premium` has no column.
    const half = codec<Price>({ base: amount('base') })
    expect(half.list).toBe('base')
  })
})

describe('a column refuses', () => {
  test.each([
    ['an amount stored as text', amount('base'), '5'],
    ['an amount that is not a whole number', amount('base'), 0.5],
    ['a missing value', nullable(amount('base')), undefined],
    ['an id stored as a number', uuid('id'), 5],
    ['a value outside its fixed set', tables.HOLDS.fields.status, 'lost'],
  ])('%s', (_, column, stored) => {
    if (!('name' in column)) throw new Error('a group is not a column')
    expect(() => column.decode(stored)).toThrow(TypeError)
  })
})

const ALL = Object.values(tables).flatMap((each) =>
  typeof each === 'object' && 'name' in each ? [{ name: each.name, columns: each.columns }] : [],
)

/** Columns that the database fills in. */
const WITHOUT_FIELD: Record<string, string[]> = { charges: ['reward_on_hold'] }

test.each(ALL)(
  'the codec of $name has every column of the table, with its type',
  async ({ name, columns }) => {
    const { rows } = await database.pool.query<{ column: string }>(
      `select attname || ' ' || format_type(atttypid, null) as column from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
      [name],
    )
    const own = columns.map((column) => `${column.name} ${TYPE_NAMES[column.type] ?? column.type}`)
    const kept = rows
      .map(({ column }) => column)
      .filter((column) => !WITHOUT_FIELD[name]?.includes(column.split(' ')[0] ?? ''))
    expect(own.toSorted()).toEqual(kept.toSorted())
  },
)

/** PostgreSQL's full names of the types that codecs abbreviate. */
const TYPE_NAMES: Record<string, string> = { timestamptz: 'timestamp with time zone' }

const id = fc.uuid()
const nullOr = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: null })
const amounts = fc.maxSafeNat().map((value) => millicredits(value))
const count = fc.integer({ min: 0, max: 2_000_000_000 })
const date = fc.date({
  min: new Date('1980-01-01'),
  max: new Date('2200-01-01'),
  noInvalidDate: true,
})
const micros = fc.integer({ min: 0, max: 7e15 }).map((value) => value as Micros)
/** A string that PostgreSQL can store: without NUL and without a lone surrogate. */
const words = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''))
const parts = fc.array(fc.record({ grantId: id, amount: amounts }), { maxLength: 4 })
const attached = {
  reference: nullOr(words),
  metadata: nullOr(fc.dictionary(words, words)),
  fingerprint: nullOr(words),
}
const metered = {
  operation: words,
  appId: nullOr(id),
  runId: nullOr(id),
  usage: fc.record({ images: count }),
  priceVersion: count,
  premiumBps: count,
}

const grant: fc.Arbitrary<Grant & { accountId: string }> = fc.record({
  accountId: id,
  id,
  source: fc.constantFrom('allowance', 'pack', 'reward', 'promo'),
  granted: amounts,
  remaining: amounts,
  held: amounts,
  used: amounts,
  expired: amounts,
  revoked: amounts,
  moneyBack: amounts,
  shortfall: amounts,
  expiresAt: nullOr(date),
  lineMonth: fc.integer({ min: 0, max: 11 }),
  period: nullOr(fc.record({ plan: words, start: date, end: date })),
  payment: nullOr(
    fc.record({
      amount: count,
      tax: count,
      currency: words,
      stripePayment: nullOr(words),
      stripeLine: words,
    }),
  ),
  reason: nullOr(words),
  createdAt: date,
})

const hold: fc.Arbitrary<Hold> = fc.record({
  ...metered,
  ...attached,
  accountId: id,
  id,
  amount: amounts,
  limit: nullOr(amounts),
  status: fc.constantFrom('open', 'captured', 'released', 'expired'),
  parts,
  expiresAt: date,
  createdAt: date,
  closedAt: nullOr(date),
})

const charge: fc.Arbitrary<Charge> = fc.record({
  ...metered,
  ...attached,
  accountId: id,
  id,
  at: micros,
  creatorId: nullOr(id),
  base: amounts,
  premium: amounts,
  absorbed: amounts,
  reward: amounts,
  parts,
  balanceAfter: amounts,
  holdId: nullOr(id),
})

const wallet = fc.record({
  accountId: id,
  plan: words,
  tiers: fc.array(words, { maxLength: 3 }),
  anchorDay: date.map((value) => new Date(value.toISOString().slice(0, 10))),
  planEndsAt: nullOr(date),
  planRenewsAt: nullOr(date),
  platformPlan: nullOr(words),
  available: amounts,
  held: amounts,
  nextDueAt: date,
  tellBelow: fc.integer({ min: -1 }),
  toldLines: fc.array(words, { maxLength: 2 }),
  lastAt: micros,
})

const usage = fc.record({
  accountId: id,
  day: date.map((value) => value.toISOString().slice(0, 10)),
  operation: words,
  appId: nullOr(id.filter((value) => value !== tables.NO_APP)),
  charges: count,
  base: count,
  premium: count,
  premiumUnearned: count,
  paid: count,
  refunded: count,
})

/** Sends values through PostgreSQL and back, as rows and as the rows of a JSON array. */
async function expectRoundTrip<Value>(rows: Codec<Value>, arbitrary: fc.Arbitrary<Value>): Promise<void> {
  const { pool } = database
  await fc.assert(
    fc.asyncProperty(fc.array(arbitrary, { minLength: 1, maxLength: 20 }), async (values) => {
      const sent = [JSON.stringify(values.map(rows.encode))]
      const from = `select ${rows.select('x')} from ${rows.fromJson('$1::jsonb', 'x')}`
      const asRows = await pool.query<Row>(from, sent)
      expect(asRows.rows.map(rows.decode)).toEqual(values)
      const asJson = await pool.query<{ all: Row[] }>(`select json_agg(r) as all from (${from}) r`, sent)
      expect(asJson.rows[0]?.all.map(rows.decode)).toEqual(values)
    }),
    { numRuns: 30 },
  )
}

describe('encoding and decoding, through a row and through JSON, preserves', () => {
  test('a grant', () => expectRoundTrip(tables.GRANTS, grant))
  test('a hold', () => expectRoundTrip(tables.HOLDS, hold))
  test('a charge', () => expectRoundTrip(tables.CHARGES, charge))
  test('a wallet', () => expectRoundTrip(tables.WALLETS, wallet))
  test('a line of the daily roll-up', () => expectRoundTrip(tables.USAGE_DAYS, usage))
})
