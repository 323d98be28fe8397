import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Operation, priceVersion } from '@/lib/catalog'
import { RATED_FIELDS, type RatedField, REQUIRED_FIELDS } from '@/lib/catalog/types'
import { cheapestAlternative, type Price, priceUsage } from './price'
import type { Usage } from './usage'

const version = priceVersion(1)
const OPERATIONS = version.operations.filter((operation) => operation.surcharge === null)
const RUNS = { numRuns: 1_000 }

/** Small counts, where minimum and rounding matter, as often as large ones. */
const count = (least: number, most: number) =>
  fc.oneof(fc.integer({ min: least, max: Math.min(most, 5_000) }), fc.integer({ min: least, max: most }))

/** Valid usage of one operation. With `most` halved, the sum of two usages is still valid. */
function usageOf(operation: Operation, most = 1_000_000_000, secondsMost = 86_400): fc.Arbitrary<Usage> {
  const fields: { [Field in RatedField]?: fc.Arbitrary<number> } & { webSearch?: fc.Arbitrary<boolean> } = {}
  for (const field of RATED_FIELDS) {
    if (!operation.rates[field]) continue
    fields[field] =
      field === 'seconds'
        ? count(1, secondsMost * 1_000).map((ms) => ms / 1_000)
        : count(REQUIRED_FIELDS.includes(field) ? 1 : 0, most)
  }
  if (operation.surchargedBy.webSearch) fields.webSearch = fc.boolean()
  return fc.record(fields).map(withinInput)
}

function withinInput(usage: Usage): Usage {
  if (usage.cachedInputTokens === undefined) return usage
  return { ...usage, cachedInputTokens: Math.min(usage.cachedInputTokens, usage.inputTokens ?? 0) }
}

const bps = fc.oneof(fc.constantFrom(0, 1_000, 10_000), fc.integer({ min: 0, max: 10_000 }))

function price(operation: Operation, usage: Usage, premiumBps = 0): Price {
  return priceUsage({ version, operation, usage, premiumBps })
}

function plus(usage: Usage, field: RatedField, more: number): Usage {
  const sum =
    field === 'seconds' ? Math.round((usage.seconds ?? 0) * 1_000 + more) / 1_000 : (usage[field] ?? 0) + more
  return { ...usage, [field]: sum }
}

/** The price recomputed from its definition, with every rate over a common denominator. */
function priceByDefinition(operation: Operation, usage: Usage, premiumBps: number) {
  const denominator = 1_000_000n
  let sum = 0n
  for (const field of RATED_FIELDS) {
    const rate = operation.rates[field]
    if (!rate) continue
    const cached = field === 'inputTokens' ? (usage.cachedInputTokens ?? 0) : 0
    const thousandths =
      BigInt(Math.round(((usage[field] ?? 0) - cached) * 1_000)) - BigInt(rate.included ?? 0) * 1_000n
    if (thousandths > 0n) sum += (thousandths * BigInt(rate.amount) * 1_000n) / BigInt(rate.per)
  }
  const metered = sum / denominator + (sum % denominator > 0n ? 1n : 0n)
  const minimum = BigInt(operation.minimum)
  const base = (metered > minimum ? metered : minimum) + (usage.webSearch ? 15_000n : 0n)
  const premium = operation.key.startsWith('editor.') ? 0n : (base * BigInt(premiumBps)) / 10_000n
  return { base: Number(base), premium: Number(premium), total: Number(base + premium) }
}

describe.each(OPERATIONS.map((operation) => [operation.key, operation] as const))('%s', (_key, operation) => {
  const usage = usageOf(operation)
  const fields = RATED_FIELDS.filter((field) => operation.rates[field])

  test('has the price that the definition gives', () => {
    fc.assert(
      fc.property(usage, bps, (used, premiumBps) => {
        expect(price(operation, used, premiumBps)).toMatchObject(
          priceByDefinition(operation, used, premiumBps),
        )
      }),
      RUNS,
    )
  })

  test('has a price in whole millicredits, at least the minimum, whose lines add up to the total', () => {
    fc.assert(
      fc.property(usage, bps, (used, premiumBps) => {
        const { base, premium, total, lines } = price(operation, used, premiumBps)
        for (const amount of [base, premium, total, ...lines.map((line) => line.amount)]) {
          expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true)
        }
        expect(lines.reduce((sum, line) => sum + line.amount, 0)).toBe(total)
        expect(total).toBe(base + premium)
        expect(total).toBeGreaterThan(0)
        expect(base).toBeGreaterThanOrEqual(operation.minimum)
        expect(premium).toBeLessThanOrEqual(base)
        expect(lines.every((line) => line.quantity > 0)).toBe(true)
      }),
      RUNS,
    )
  })

  test('has usage lines equal to quantity times rate, within one millicredit', () => {
    fc.assert(
      fc.property(usage, (used) => {
        for (const line of price(operation, used).lines.filter(({ kind }) => kind === 'usage')) {
          const exact = (BigInt(Math.round(line.quantity * 1_000)) * BigInt(line.rate)) / BigInt(line.per)
          const difference = BigInt(line.amount) * 1_000n - exact
          expect(difference > -1_000n && difference <= 1_000n).toBe(true)
        }
      }),
      RUNS,
    )
  })

  test.each(fields.filter((field) => field !== 'cachedInputTokens'))(
    'never costs less with more %s',
    (field) => {
      const half = usageOf(operation, 500_000_000, 43_200)
      fc.assert(
        fc.property(half, fc.integer({ min: 0, max: 43_200_000 }), bps, (used, more, premiumBps) => {
          const dearer = price(operation, plus(used, field, more), premiumBps).total
          expect(dearer).toBeGreaterThanOrEqual(price(operation, used, premiumBps).total)
        }),
        RUNS,
      )
    },
  )

  test('never costs less in two halves than as a whole, except for units included per request', () => {
    const half = usageOf(operation, 500_000_000, 43_200)
    const withoutIncluded = {
      ...operation,
      rates: Object.fromEntries(fields.map((field) => [field, { ...operation.rates[field], included: 0 }])),
    } as Operation
    fc.assert(
      fc.property(half, half, (one, other) => {
        let whole: Usage = { ...one }
        if (one.webSearch !== undefined) whole.webSearch = Boolean(one.webSearch || other.webSearch)
        for (const field of fields) {
          whole = plus(
            whole,
            field,
            field === 'seconds' ? Math.round((other.seconds ?? 0) * 1_000) : (other[field] ?? 0),
          )
        }
        const apart = price(withoutIncluded, one).base + price(withoutIncluded, other).base
        expect(apart).toBeGreaterThanOrEqual(price(withoutIncluded, whole).base)
      }),
      RUNS,
    )
  })

  if (operation.rates.cachedInputTokens) {
    test('never costs more with more cached input, nor less with more total input', () => {
      const half = usageOf(operation, 500_000_000)
      fc.assert(
        fc.property(half, fc.nat(500_000_000), (used, more) => {
          const { inputTokens = 0, cachedInputTokens = 0 } = used
          const now = price(operation, used).total
          const cached = Math.min(inputTokens, cachedInputTokens + more)
          expect(price(operation, { ...used, cachedInputTokens: cached }).total).toBeLessThanOrEqual(now)
          const added = plus(plus(used, 'inputTokens', more), 'cachedInputTokens', more)
          expect(price(operation, added).total).toBeGreaterThanOrEqual(now)
        }),
        RUNS,
      )
    })
  }

  if (operation.surchargedBy.webSearch) {
    test('costs exactly the surcharge more with a web search', () => {
      fc.assert(
        fc.property(usage, (used) => {
          const without = price(operation, { ...used, webSearch: false }).total
          expect(price(operation, { ...used, webSearch: true }).total).toBe(without + 15_000)
        }),
        RUNS,
      )
    })
  }

  if (operation.tier === 'advanced') {
    test('has a standard alternative that costs less, whatever the usage', () => {
      fc.assert(
        fc.property(usage, bps, (used, premiumBps) => {
          const cheaper = cheapestAlternative({ version, operation, usage: used, premiumBps })
          expect(cheaper?.operation.key).toBe(operation.cheaperAlternative)
          expect(cheaper?.price.total).toBeLessThan(price(operation, used, premiumBps).total)
        }),
        RUNS,
      )
    })
  }
})
