import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHARGES as CHARGE_ROWS } from '@/lib/credits/store/tables'
import { newUuid } from '@/lib/ids'
import { millicredits } from '@/lib/millicredits'
import { createScenario, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { CAPTURE_BATCH } from './capture-batch'
import { CHARGE_BATCH, sendChargeBatch } from './charge-batch'
import { HOLD_BATCH } from './hold-batch'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const FUNCTIONS = [CHARGE_BATCH, HOLD_BATCH, CAPTURE_BATCH].map(({ name, settings, request, made }) => ({
  name,
  settings: settings.columns,
  request: request.columns,
  made: made.columns,
}))

const described = ({ name, type }: { name: string; type: string }) => `${name} ${type}`
const prefixed = ({ name, type }: { name: string; type: string }) => ({ name: `p_${name}`, type })

test.each(FUNCTIONS)('$name takes and returns exactly the columns of its codecs', async (codecs) => {
  const { rows } = await scenario.ctx.pool.query<{ name: string; type: string; mode: string }>(
    `select name, format_type(type, null) as type, mode
     from pg_proc, unnest(proargnames, proallargtypes, proargmodes::text[]) a (name, type, mode)
     where pronamespace = (select nspname from unnest(current_schemas(false)) nspname limit 1)::regnamespace and proname = $1`,
    [codecs.name],
  )
  const kept = (mode: string) =>
    rows
      .filter((row) => row.mode === mode)
      .map(({ name, type }) =>
        described({ name, type: type.replace('timestamp with time zone', 'timestamptz') }),
      )
      .toSorted()
  const parameters = [
    ...codecs.settings,
    ...codecs.request.map(({ name, type }) => ({ name, type: `${type}[]` })),
  ]
  expect(kept('i')).toEqual(parameters.map(prefixed).map(described).toSorted())
  expect(kept('t')).toEqual(codecs.made.map(described).toSorted())
})

/** Finds each UNNEST over parameters and its column names. */
const UNNESTED = /unnest\((p_[^)]*)\)\s*with ordinality\s+\w+ \(([^)]*), ord\)/g

test.each(FUNCTIONS)(
  '$name unnests each array parameter as the column of the same name',
  ({ name, request }) => {
    const sql = readFileSync(`lib/credits/sql/${name}.sql`, 'utf8')
    const lists = [...sql.matchAll(UNNESTED)].map(([, given = '', columns = '']) => ({
      given: given.split(/,\s*/),
      columns: columns.split(/,\s*/),
    }))
    for (const { given, columns } of lists) expect(given).toEqual(columns.map((column) => `p_${column}`))
    const unnested = new Set(lists.flatMap(({ columns }) => columns))
    expect([...unnested].toSorted()).toEqual(request.map((column) => column.name).toSorted())
  },
)

test('a batch stores every text and every JSON value unchanged', async () => {
  const { accountId } = await newAccount(scenario)
  const words = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''))
  const odd = fc.oneof(
    words,
    fc.constantFrom('', 'null', 'NULL', '{}', '{"a","b"}', 'a\\"b', '\n\t', '\u007f\u2028'),
  )
  const nullOr = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: null })
  const annotations = fc.record({
    reference: nullOr(odd),
    metadata: nullOr(fc.dictionary(odd, odd)),
    fingerprint: nullOr(odd),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(annotations, { minLength: 1, maxLength: 10 }), async (all) => {
      const inputs = all.map((given) => ({
        ...PLAIN,
        ...given,
        accountId,
        idempotency: { key: newKey(), fingerprint: newUuid() },
        operation: 'ai.standard',
        appId: null,
        runId: null,
        creatorId: null,
        usage: { inputTokens: 1 },
        base: millicredits(1),
        premium: millicredits(0),
        priceVersion: 1,
        premiumBps: 0,
        tier: 'standard',
      }))
      const made = await sendChargeBatch(scenario.ctx.pool, inputs, {
        now: scenario.clock.now(),
        connection: 0,
      })
      const { rows } = await scenario.ctx.pool.query(
        `select ${CHARGE_ROWS.select('c')} from charges c where c.account_id = $1 and c.id = any ($2) order by c.at`,
        [accountId, made.map((charge) => charge?.id)],
      )
      expect(made).toMatchObject(all)
      expect(rows.map(CHARGE_ROWS.decode)).toEqual(made)
    }),
    { numRuns: 30 },
  )
})
