import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { catalogOf } from '@/lib/catalog/read-document'
import { testDocument } from '@/lib/catalog/two-versions.test-support'
import type { Catalog } from '@/lib/catalog/types'
import { knowCatalogs } from '@/lib/catalogs/current'
import { knowDefault } from '@/lib/catalogs/keep-default'
import { DAY_MS, MINUTE_MS } from '@/lib/clock'
import { type Charge, paidOf } from '@/lib/credits/book/records'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { InsufficientCredits } from '@/lib/errors'
import { newUuid, publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import type { Millicredits } from '@/lib/millicredits'
import { buyPack } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { newApp } from '@/lib/usage/scenario.test-support'
import { simulated } from './simulate.test-support'

const RUNS = 20
const SEED = 20_261_215

const OPERATIONS = ['web.extract', 'ai.standard', 'speech.tts', 'editor.chat.fast']

type Step = {
  kind: 'charge' | 'capture' | 'release' | 'refund' | 'pack'
  operation: number
  quantity: number
  /** The usage captured from a hold: up to three times what was quoted. */
  captured: number
  inOthersApp: boolean
}

const step = fc.record<Step>({
  kind: fc.constantFrom('charge', 'charge', 'charge', 'capture', 'capture', 'release', 'refund', 'pack'),
  operation: fc.nat(OPERATIONS.length - 1),
  quantity: fc.integer({ min: 1, max: 12 }),
  captured: fc.integer({ min: 1, max: 36 }),
  inOthersApp: fc.boolean(),
})

/** Other prices: those of each operation times a factor, another minimum and another premium. */
const prices = fc.record({
  factors: fc.array(fc.constantFrom(0.5, 1, 1.25, 2, 4), { minLength: 40, maxLength: 40 }),
  minimum: fc.constantFrom(0, 1.5, 7),
  premium: fc.constantFrom(0, 0.1, 0.25),
})

function changed({ factors, minimum, premium }: { factors: number[]; minimum: number; premium: number }) {
  const document = testDocument()
  document.premium = premium
  document.operations.forEach((operation, index) => {
    const times = (amount: number) => Math.round(amount * (factors[index] ?? 1) * 1_000) / 1_000
    for (const rate of Object.values(operation.rates ?? {})) rate.amount = times(rate.amount)
    if (operation.surcharge) operation.surcharge = times(operation.surcharge)
    if (operation.minimum) operation.minimum += minimum
  })
  return document
}

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario('2026-03-10T09:00:00Z')
})
afterEach(() => knowDefault())
afterAll(() => scenario.close())

/** The charge of each of a person's steps; null if the step was refused or makes no charge. */
type Made = (Charge | null)[]

function usageOf(version: Catalog, operation: string, quantity: number): Record<string, number> {
  const priced = version.operations.find(({ key }) => key === operation)
  if (!priced) throw new Error(`no operation ${operation}`)
  return Object.fromEntries(
    priced.fields
      .filter(({ partOf }) => partOf === null)
      .map(({ key }) => [key, quantity * (priced.everyday[key] ?? 1)]),
  )
}

/** Makes a new person take the steps, a minute apart. `only` leaves out the steps that another person could not take. */
async function live(version: Catalog, steps: Step[], app: string, only?: Made): Promise<Made> {
  const { ctx, clock } = scenario
  const { accountId, user } = await newAccount(scenario)
  const made: Made = []
  for (const [index, { kind, operation: place, quantity, captured, inOthersApp }] of steps.entries()) {
    clock.advance(MINUTE_MS)
    const operation = OPERATIONS[place] ?? ''
    const usage = usageOf(version, operation, quantity)
    const isEditor = operation.startsWith('editor.')
    const request = { user, operation, usage, ...PLAIN, ...(inOthersApp && !isEditor ? { app } : {}) }
    const isLeftOut = only !== undefined && only[index] === null && (kind === 'charge' || kind === 'capture')
    try {
      if (isLeftOut) made.push(null)
      else if (kind === 'charge')
        made.push((await chargeUse(ctx, { ...request, idempotencyKey: newKey() })).value)
      else if (kind === 'pack') {
        await buyPack(ctx, { accountId, amount: credits(quantity * 40) })
        made.push(null)
      } else if (kind === 'refund') {
        // The charge of the previous step, if the first person made one; it may have been refused to the second person.
        const last = (only ?? made)[index - 1] && made[index - 1]
        if (last && paidOf(last) > 0)
          await refundCharge(ctx, {
            accountId,
            chargeId: last.id,
            amount: null,
            reason: 'test',
            idempotency: { key: newKey(), fingerprint: newUuid() },
          })
        made.push(null)
      } else {
        const asked = { ...request, idempotencyKey: newKey(), limit: null, expiresInSeconds: null }
        const { value: hold } = await holdUse(ctx, asked)
        clock.advance(MINUTE_MS)
        const action = { holdId: hold.id, idempotencyKey: newKey() }
        if (kind === 'release') {
          await releaseUse(ctx, action)
          made.push(null)
        } else {
          const actual = usageOf(version, operation, captured)
          made.push((await captureUse(ctx, { ...action, usage: actual })).value)
        }
      }
    } catch (error) {
      if (!(error instanceof InsufficientCredits)) throw error
      made.push(null)
    }
  }
  return made
}

it('simulated charges equal those made later at the new prices, charge by charge, refusals included', async () => {
  let [compared, refused] = [0, 0]
  const creator = await newAccount(scenario)
  const app = publicId('app', await newApp(scenario, creator.accountId, 'reality'))
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 10, maxLength: 40 }),
    prices,
    async (steps, other) => {
      const { ctx, clock } = scenario
      knowDefault()
      const current = catalogOf(testDocument(), 1, null)
      clock.advance(DAY_MS)
      const from = clock.now()
      const before = await live(current, steps, app)
      const to = new Date(clock.now().getTime() + MINUTE_MS)
      const change = new Date(to.getTime() + DAY_MS)
      const next = catalogOf(changed(other), 2, change)
      const found = new Map<string, { total: number; paid: number } | null>()
      await simulated(ctx, {
        version: next,
        from,
        to,
        replay: true,
        onCharge: ({ id }, { price, outcome }) =>
          found.set(id, outcome && price && { total: price.base + price.premium, paid: outcome.paid }),
      })
      knowCatalogs([current, next])
      clock.moveTo(change.toISOString())
      const after = await live(current, steps, app, before)
      for (const [index, charge] of before.entries()) {
        if (charge === null) continue
        const real = after[index]
        expect(found.get(charge.id)).toEqual(
          real ? { total: (real.base + real.premium) as Millicredits, paid: paidOf(real) } : null,
        )
        compared += 1
        if (!real) refused += 1
      }
    },
  )
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true })
  expect(compared).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(10)
}, 120_000)
