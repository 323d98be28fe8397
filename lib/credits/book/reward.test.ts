import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AMOUNT_MAX, type Millicredits, millicredits } from '@/lib/millicredits'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { boughtPartOf, reversedOf, rewardOf } from './reward'
import { share } from './share'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

/** Amounts up to the largest of a request; half of them are small. */
const amounts = fc
  .oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: AMOUNT_MAX }))
  .map((value) => millicredits(value))
const upTo = (most: number) => fc.integer({ min: 0, max: most }).map((value) => millicredits(value))

/**
 * A charge and its refunds: the paid part of its price, the part of that paid with bought credits, the withheld reward and
 * the refunded part.
 */
const charges = fc
  .record({ base: amounts.map((value) => millicredits(value + 1)), premium: amounts })
  .chain(({ base, premium }) => upTo(base + premium).map((paid) => ({ base, premium, paid })))
  .chain(({ base, premium, paid }) =>
    fc.record({
      base: fc.constant(base),
      premium: fc.constant(premium),
      paid: fc.constant(paid),
      bought: upTo(paid),
      onHold: upTo(rewardOf(base, premium, paid)),
      refunded: upTo(paid),
    }),
  )

test('SQL and TypeScript compute the same shares', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(amounts, amounts, amounts), { minLength: 1, maxLength: 200 }),
      async (all) => {
        const { rows } = await database.pool.query<{ share: number }>(
          `select share(amount, part, whole)::bigint as share
         from unnest($1::bigint[], $2::bigint[], $3::bigint[]) with ordinality x (amount, part, whole, place)
         where whole = 0 or amount::numeric * part / whole < 9e15 order by place`,
          [0, 1, 2].map((place) => all.map((one) => one[place])),
        )
        const small = all.filter(
          ([amount, part, whole]) =>
            whole === 0 || (BigInt(amount) * BigInt(part)) / BigInt(whole) < 9n * 10n ** 15n,
        )
        expect(rows.map((row) => row.share)).toEqual(
          small.map(([amount, part, whole]) => share(amount, part, whole)),
        )
      },
    ),
    { numRuns: 50 },
  )
})

test('SQL and TypeScript compute the same rewards for charges and refunds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(charges, { minLength: 1, maxLength: 100 }), async (all) => {
      const { rows } = await database.pool.query<Record<string, number>>(
        `select reward::bigint, bought::bigint, share(reward, refunded, paid)::bigint as reversed,
           share(bought, refunded, paid)::bigint as "reversedBought", share(on_hold, refunded, paid)::bigint as "reversedOnHold"
         from (
           select x.*, share(x.reward, x.bought_amount, x.paid) as bought from (
             select x.*, share(premium, paid, base + premium) as reward
             from jsonb_to_recordset($1) x (base bigint, premium bigint, paid bigint, bought_amount bigint, on_hold bigint,
               refunded bigint)) x) x`,
        [
          JSON.stringify(
            all.map(({ bought, onHold, ...rest }) => ({ ...rest, bought_amount: bought, on_hold: onHold })),
          ),
        ],
      )
      const computed = all.map(({ base, premium, paid, bought, onHold, refunded }) => {
        const reward = rewardOf(base, premium, paid)
        const boughtPart = boughtPartOf(reward, bought, paid)
        const back = (part: Millicredits) => reversedOf(part, refunded, paid)
        return {
          reward,
          bought: boughtPart,
          reversed: back(reward),
          reversedBought: back(boughtPart),
          reversedOnHold: back(onHold),
        }
      })
      expect(rows).toEqual(computed)
      for (const { reward, bought, reversed, reversedBought } of computed) {
        expect(bought).toBeLessThanOrEqual(reward)
        expect(reversed).toBeLessThanOrEqual(reward)
        expect(reversedBought).toBeLessThanOrEqual(reversed)
      }
    }),
    { numRuns: 50 },
  )
})

test('a full refund reverses the whole reward and each of its parts', () => {
  fc.assert(
    fc.property(charges, ({ base, premium, paid, bought }) => {
      const reward = rewardOf(base, premium, paid)
      for (const part of [reward, boughtPartOf(reward, bought, paid)])
        expect(reversedOf(part, paid, paid)).toBe(part)
    }),
  )
})
