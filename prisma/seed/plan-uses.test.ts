import { expect, test } from 'vitest'
import { DAY_MS } from '@/lib/clock'
import { credits } from '@/lib/testing/scenario'
import { SAM } from './people'
import { type PlanInput, planUses } from './plan-uses'
import { seededRandom } from './random'

const START = new Date('2026-01-31T08:12:00Z')
const ownApps = new Set(SAM.apps.map((app) => app.slug))

/** A span of Sam's history that may end at any time of day in any season. */
function planned(round: number, more: Partial<PlanInput> = {}) {
  const from = new Date(START.getTime() + round * 3.3 * DAY_MS)
  const until = new Date(from.getTime() + (14 + (round % 17)) * 1.03 * DAY_MS)
  const random = seededRandom(`round ${round}`)
  const input = {
    random,
    from,
    until,
    credits: credits(900 + round * 90),
    habits: SAM.habits,
    ownApps,
    ...more,
  }
  return { ...input, uses: planUses(input) }
}

test('planned uses nearly reach their credits without exceeding them and stay in order within their days', () => {
  for (let round = 0; round < 100; round++) {
    const { uses, from, until, credits: most } = planned(round)
    const spent = uses.reduce((total, use) => total + use.total, 0)
    expect(spent).toBeLessThanOrEqual(most)
    expect(spent).toBeGreaterThan(most * 0.93)
    const times = uses.map((use) => use.at.getTime())
    expect(times).toEqual(times.toSorted((left, right) => left - right))
    expect(Math.min(...times)).toBeGreaterThanOrEqual(from.getTime())
    expect(Math.max(...times)).toBeLessThan(until.getTime())
  }
})

test('planned uses of a month with all habits include every operation, and more on weekdays than on weekends', () => {
  for (let round = 0; round < 20; round++) {
    const { uses } = planned(16, { random: seededRandom(`month ${round}`), credits: credits(8_700) })
    expect(new Set(uses.map((use) => use.operation)).size).toBe(10)
    const weekend = uses.filter((use) => [0, 6].includes(use.at.getUTCDay())).length
    expect(weekend / 2).toBeLessThan((uses.length - weekend) / 5)
  }
})

test('planned identical requests have the same price and fingerprint', () => {
  const { uses } = planned(5, { credits: credits(9_000) })
  const totals = new Map<string, Set<number>>()
  for (const { fingerprint, total } of uses)
    if (fingerprint !== null) totals.set(fingerprint, (totals.get(fingerprint) ?? new Set()).add(total))
  expect(totals.size).toBeGreaterThan(1)
  for (const same of totals.values()) expect(same.size).toBe(1)
})

test('the same seed gives the same random numbers and another seed gives others', () => {
  const numbers = (seed: string) => {
    const random = seededRandom(seed)
    return Array.from({ length: 5 }, () => random.between(1, 1_000))
  }
  expect(numbers('a')).toEqual(numbers('a'))
  expect(numbers('a')).not.toEqual(numbers('b'))
})
