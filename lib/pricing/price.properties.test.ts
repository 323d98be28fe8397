import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Operation, UsageField } from '@/lib/catalog'
import { catalogVersion } from '@/lib/catalogs/current'
import { cheapestAlternative, type Price, priceUsage } from './price'
import type { Usage } from './usage'

const version = catalogVersion(1)
const OPERATIONS = version.operations.filter((operation) => operation.surcharge === null)
const RUNS = { numRuns: 1_000 }

/** Small counts, where minimum and rounding matter, as often as large ones. */
const count = (least: number, most: number) =>
  fc.oneof(fc.integer({ min: least, max: Math.min(most, 5_000) }), fc.integer({ min: least, max: most }))

const fieldsOf = (operation: Operation) => version.usageFields.filter(({ key }) => operation.rates[key])
const numberOf = (usage: Usage, field: string) => Number(usage[field] ?? 0)

/** Valid usage of one operation; with `share` 1/2, the sum of two is still valid. */
function usageOf(operation: Operation, share = 1): fc.Arbitrary<Usage> {
  const fields = fieldsOf(operation).map(({ key, required, decimals, max }) => {
    const scale = 10 ** decimals
    return [key, count(required ? 1 : 0, max * scale * share).map((units) => units / scale)] as const
  })
  const flags = Object.keys(operation.surchargedBy).map((flag) => [flag, fc.boolean()] as const)
  return fc
    .record<Record<string, number | boolean>>(Object.fromEntries([...fields, ...flags]))
    .map((usage) => withinWhole(operation, usage))
}

function withinWhole(operation: Operation, usage: Usage): Usage {
  const parts = fieldsOf(operation).flatMap(({ key, partOf }) =>
    partOf === null ? [] : [[key, Math.min(numberOf(usage, key), numberOf(usage, partOf))] as const],
  )
  return { ...usage, ...Object.fromEntries(parts) }
}

const bps = fc.oneof(fc.constantFrom(0, 1_000, 10_000), fc.integer({ min: 0, max: 10_000 }))

function price(operation: Operation, usage: Usage, premiumBps = 0): Price {
  return priceUsage({ version, operation, usage, premiumBps })
}

function plus(usage: Usage, { key, decimals }: UsageField, more: number): Usage {
  const scale = 10 ** decimals
  return { ...usage, [key]: Math.round(numberOf(usage, key) * scale + more) / scale }
}

/** The price recomputed from its definition, with every rate over a common denominator. */
function priceByDefinition(operation: Operation, usage: Usage, premiumBps: number) {
  const denominator = 1_000_000n
  let sum = 0n
  for (const { key } of fieldsOf(operation)) {
    const rate = operation.rates[key]
    if (!rate) continue
    const cached = key === 'inputTokens' ? numberOf(usage, 'cachedInputTokens') : 0
    const thousandths =
      BigInt(Math.round((numberOf(usage, key) - cached) * 1_000)) - BigInt(rate.included ?? 0) * 1_000n
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
  const fields = fieldsOf(operation)

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

  test.each(fields.filter(({ partOf }) => partOf === null))('never gets cheaper with more $key', (field) => {
    const half = usageOf(operation, 1 / 2)
    fc.assert(
      fc.property(half, fc.integer({ min: 0, max: 43_200_000 }), bps, (used, more, premiumBps) => {
        const dearer = price(operation, plus(used, field, more), premiumBps).total
        expect(dearer).toBeGreaterThanOrEqual(price(operation, used, premiumBps).total)
      }),
      RUNS,
    )
  })

  test('two halves never cost less than the whole, except for what is included per request', () => {
    const half = usageOf(operation, 1 / 2)
    const withoutIncluded = {
      ...operation,
      rates: Object.fromEntries(fields.map(({ key }) => [key, { ...operation.rates[key], included: 0 }])),
    } as Operation
    fc.assert(
      fc.property(half, half, (one, other) => {
        const searches = Boolean(one.webSearch || other.webSearch)
        let whole: Usage = one.webSearch === undefined ? one : { ...one, webSearch: searches }
        for (const field of fields)
          whole = plus(whole, field, Math.round(numberOf(other, field.key) * 10 ** field.decimals))
        const apart = price(withoutIncluded, one).base + price(withoutIncluded, other).base
        expect(apart).toBeGreaterThanOrEqual(price(withoutIncluded, whole).base)
      }),
      RUNS,
    )
  })

  if (operation.rates.cachedInputTokens) {
    test('never costs more with more cached input, nor less with more input in total', () => {
      const half = usageOf(operation, 1 / 2)
      fc.assert(
        fc.property(half, fc.nat(500_000_000), (used, more) => {
          const inputTokens = numberOf(used, 'inputTokens')
          const cachedInputTokens = numberOf(used, 'cachedInputTokens')
          const now = price(operation, used).total
          const cached = Math.min(inputTokens, cachedInputTokens + more)
          expect(price(operation, { ...used, cachedInputTokens: cached }).total).toBeLessThanOrEqual(now)
          const added = {
            ...used,
            inputTokens: inputTokens + more,
            cachedInputTokens: cachedInputTokens + more,
          }
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
