import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { chargeUse } from '@/lib/metering/charge-use'
import { createScenario, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { dropUnusedFunctions, type Functions, functionsOf, installFunctions, ownFunctions } from './functions'
import { createPool } from './pool'

let scenario: Scenario
const pools: pg.Pool[] = []

beforeAll(async () => {
  scenario = await createScenario()
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()))
})
afterAll(() => scenario.close())

const FILES = readdirSync('lib/credits/sql').sort()

/** The functions of another build, which differs from this one by an `edit` of one file. */
function otherBuild(file: string, edit: (text: string) => string): Functions {
  const read = (name: string) => readFileSync(`lib/credits/sql/${name}`, 'utf8')
  return functionsOf(FILES.map((name) => ({ name, text: name === file ? edit(read(name)) : read(name) })))
}

let comments = 0

const sameButForComment = () => otherBuild('micros.sql', (text) => `${text}-- build ${++comments}\n`)

/** The pool of another process whose build has these functions. */
function poolOf(functions: Functions): pg.Pool {
  const pool = createPool(scenario.database.url, { max: 2, functions })
  pools.push(pool)
  return pool
}

async function schemas(): Promise<string[]> {
  const { rows } = await scenario.ctx.pool.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname like 'ledger%' order by 1`,
  )
  return rows.map(({ name }) => name)
}

async function chargeOnce(pool: pg.Pool, user: string) {
  const ctx = { ...scenario.ctx, pool }
  const { value } = await chargeUse(ctx, {
    ...PLAIN,
    user,
    operation: 'web.extract',
    usage: { pages: 1 },
    idempotencyKey: newKey(),
  })
  return value
}

describe('a build’s functions', () => {
  it('live in a schema named by the content of their files', () => {
    expect(otherBuild('micros.sql', (text) => text)).toEqual(ownFunctions())
    expect(ownFunctions().schema).toMatch(/^ledger_[0-9a-f]{12}$/)
    expect(sameButForComment().schema).not.toBe(ownFunctions().schema)
  })

  it('are the only functions of that name that a connection finds', async () => {
    const { rows } = await scenario.ctx.pool.query<{ name: string; schema: string }>(
      `select p.proname as name, p.pronamespace::regnamespace::text as schema from pg_proc p
       where p.proname = any($1)`,
      [['micros', 'rewards_on_hold', 'charge_batch', 'hold_batch', 'capture_batch']],
    )
    expect(rows).toHaveLength(5)
    for (const { schema } of rows) expect(schema).toBe(ownFunctions().schema)
  })

  it('are created once when many processes start concurrently', async () => {
    const functions = sameButForComment()
    const before = await schemas()
    await Promise.all(Array.from({ length: 4 }, () => installFunctions(poolOf(functions), functions)))
    expect(await schemas()).toEqual([...before, functions.schema].sort())
  })

  it('leave no trace if a file fails to apply, and the running build continues', async () => {
    const { user } = await newAccount(scenario)
    const broken = otherBuild('rewards_on_hold.sql', (text) => text.replace('returns table', 'returns tabel'))
    const before = await schemas()
    await expect(installFunctions(poolOf(broken), broken)).rejects.toThrow('syntax error')
    expect(await schemas()).toEqual(before)
    await expect(chargeOnce(scenario.ctx.pool, user)).resolves.toMatchObject({ base: 8_000 })
  })

  it('are used only by their own build when two builds share a database', async () => {
    const { user } = await newAccount(scenario)
    // The other build's `micros` returns instants a year later.
    const other = otherBuild('micros.sql', (text) => text.replace('* 1000000', '* 1000000 + 31536000000000'))
    await installFunctions(poolOf(other), other)
    const [own, others] = [scenario.ctx.pool, poolOf(other)]
    const charges = [
      await chargeOnce(own, user),
      await chargeOnce(others, user),
      await chargeOnce(own, user),
      await chargeOnce(others, user),
    ]
    const years = charges.map(({ at }) => new Date(Number(at) / 1_000).getUTCFullYear())
    expect(years).toEqual([2026, 2027, 2026, 2027])
    expect((await auditLedger(own, { now: scenario.clock.now() })).clean).toBe(true)
  })
})

describe('schemas of functions', () => {
  const noteAge = (schema: string, days: number) =>
    scenario.ctx.pool.query(`update ${schema}.schema_use set noted_at = now() - make_interval(days => $1)`, [
      days,
    ])

  it('are dropped after 30 days without use', async () => {
    const [unused, used] = [sameButForComment(), sameButForComment()]
    for (const functions of [unused, used]) await installFunctions(poolOf(functions), functions)
    await noteAge(unused.schema, 30)
    await noteAge(used.schema, 29)
    await dropUnusedFunctions(scenario.ctx.pool)
    const left = await schemas()
    expect(left).not.toContain(unused.schema)
    expect(left).toContain(used.schema)
    expect(left).toContain(ownFunctions().schema)
  })

  it('stay when their build marks them as used', async () => {
    const functions = sameButForComment()
    await installFunctions(poolOf(functions), functions)
    await noteAge(functions.schema, 400)
    await installFunctions(poolOf(functions), functions)
    await dropUnusedFunctions(scenario.ctx.pool)
    expect(await schemas()).toContain(functions.schema)
  })

  it('are created again when their build starts after they were dropped', async () => {
    const { user } = await newAccount(scenario)
    const functions = sameButForComment()
    await installFunctions(poolOf(functions), functions)
    await noteAge(functions.schema, 31)
    await dropUnusedFunctions(scenario.ctx.pool)
    await installFunctions(poolOf(functions), functions)
    await expect(chargeOnce(poolOf(functions), user)).resolves.toMatchObject({ base: 8_000 })
  })
})

it('installing functions on a standby does nothing, because it cannot mark them as used', async () => {
  const functions = ownFunctions()
  const url = new URL(scenario.database.url)
  url.searchParams.set('options', '-c default_transaction_read_only=on')
  const pool = createPool(url.toString(), { max: 1, functions })
  pools.push(pool)
  await expect(installFunctions(pool, functions)).resolves.toBeUndefined()
})
