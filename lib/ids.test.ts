import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { createScenario, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { newLedgerId, newUuid, parsePublicId, publicId } from './ids'
import { uuidHash } from './uuid-hash'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const placeOf = (id: string) => Number.parseInt(id.slice(24, 28), 16)

describe('uuidHash', () => {
  it("equals PostgreSQL's uuid_hash for any uuid", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uuid(), { minLength: 1, maxLength: 200 }), async (uuids) => {
        const { rows } = await scenario.ctx.pool.query<{ hash: number }>(
          'select uuid_hash(u) as hash from unnest($1::uuid[]) with ordinality x (u, place) order by place',
          [uuids],
        )
        expect(uuids.map(uuidHash)).toEqual(rows.map(({ hash }) => hash))
      }),
      { numRuns: 50 },
    )
  })
})

describe('newLedgerId', () => {
  it("returns a version 8 UUID that contains the top 16 bits of its account's hash", () => {
    fc.assert(
      fc.property(fc.uuid(), (accountId) => {
        const id = newLedgerId(accountId)
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        expect(placeOf(id)).toBe(uuidHash(accountId) >>> 16)
        expect(parsePublicId('charge', publicId('charge', id))).toBe(id)
      }),
    )
  })

  it('contains the millisecond of its creation', () => {
    const before = Date.now()
    const id = newLedgerId(newUuid())
    const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
    expect(at).toBeGreaterThanOrEqual(before)
  })

  it("never returns the same id twice, and a process's ids increase with time across accounts", () => {
    const accounts = [newUuid(), newUuid()]
    const ids = Array.from({ length: 20_000 }, (_, n) => newLedgerId(accounts[n % 2] ?? ''))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.toSorted()).toEqual(ids)
  })

  it('sorts after the version 7 ids of earlier milliseconds', () => {
    const earlier = `${(Date.now() - 1)
      .toString(16)
      .padStart(12, '0')
      .replace(/(.{8})/, '$1-')}-7fff-bfff-ffffffffffff`
    expect([newLedgerId(newUuid()), earlier].toSorted()[0]).toBe(earlier)
  })
})

it('every id of a ledger row identifies the location of its account', async () => {
  const { ctx } = scenario
  const { user } = await newAccount(scenario)
  const use = () => ({
    ...PLAIN,
    user,
    operation: 'web.extract',
    usage: { pages: 1 },
    idempotencyKey: newKey(),
  })
  await chargeUse(ctx, use())
  const { value: hold } = await holdUse(ctx, { ...use(), limit: null, expiresInSeconds: null })
  await captureUse(ctx, { holdId: hold.id, idempotencyKey: newKey(), usage: { pages: 1 } })
  const { rows } = await ctx.pool.query<{ kind: string; id: string; account_id: string }>(`
    select 'grant' as kind, id, account_id from grants union all select 'hold', id, account_id from holds union all
    select 'charge', id, account_id from charges union all select 'plan', id, account_id from plan_changes`)
  expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['grant', 'hold', 'charge', 'plan']))
  for (const row of rows) expect(placeOf(row.id)).toBe(uuidHash(row.account_id) >>> 16)
})
