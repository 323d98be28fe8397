import { expect, test } from 'vitest'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { forecastCredits, usageLevel } from './forecast'

const credits = (amount: number): Millicredits => millicredits(amount * 1_000)
const lasting = (amount: number) => [{ amount: credits(amount), expiresAt: null }]
const now = new Date('2026-11-20T12:00:00Z')
const since = new Date('2026-01-01T00:00:00Z')
const resetsAt = new Date('2026-12-12T00:00:00Z')
const week = (perDay: number) =>
  [14, 15, 16, 17, 18, 19, 20].map((day) => ({ day: `2026-11-${day}`, total: credits(perDay) }))

test.each([
  { taken: 799, limit: 1_000, level: 'ok' },
  { taken: 800, limit: 1_000, level: 'near' },
  { taken: 999, limit: 1_000, level: 'near' },
  { taken: 1_000, limit: 1_000, level: 'out' },
  { taken: 0, limit: 0, level: 'out' },
])('the level of $taken out of $limit is $level', ({ taken, limit, level }) => {
  expect(usageLevel(credits(taken), credits(limit))).toBe(level)
})

test('the forecast’s pace is the last seven days’ usage divided by the elapsed time', () => {
  // 7 × 130 credits in 6.5 days: 140 a day.
  const forecast = forecastCredits({ grants: lasting(700), days: week(130), now, since, resetsAt })
  expect(forecast).toEqual({ kind: 'runsOut', perDay: credits(140), until: new Date('2026-11-25T12:00:00Z') })
})

test('the forecast’s pace ignores days before its window', () => {
  const days = [{ day: '2026-11-13', total: credits(9_000) }, ...week(130)]
  expect(forecastCredits({ grants: lasting(700), days, now, since, resetsAt }).perDay).toBe(credits(140))
})

test('the forecast for credits that outlast the period is its reset', () => {
  const forecast = forecastCredits({ grants: lasting(5_000), days: week(130), now, since, resetsAt })
  expect(forecast).toEqual({ kind: 'lasts', perDay: credits(140), until: resetsAt })
})

test('a forecast leaves out credits that expire before they can be spent', () => {
  const at = (day: number) => new Date(`2026-11-${day}T12:00:00Z`)
  const until = (...grants: [amount: number, expiresAt: Date | null][]) =>
    forecastCredits({
      grants: grants.map(([amount, expiresAt]) => ({ amount: credits(amount), expiresAt })),
      days: week(130),
      now,
      since,
      resetsAt: null,
    })
  // At 140 a day, 280 of the 5,000 that expire in two days are spent; then 420 last three more days.
  expect(until([5_000, at(22)], [420, null])).toMatchObject({ kind: 'runsOut', until: at(25) })
  expect(until([280, at(29)], [420, at(24)])).toMatchObject({ kind: 'runsOut', until: at(24) })
  expect(until([280, at(22)], [420, at(21)])).toMatchObject({ kind: 'runsOut', until: at(22) })
  expect(until([5_000, now])).toMatchObject({ kind: 'empty' })
})

test('a forecast expects no reset while the renewal is being paid', () => {
  const input = { days: week(130), now, since, resetsAt: new Date('2026-11-20T09:00:00Z') }
  expect(forecastCredits({ ...input, grants: lasting(700) })).toMatchObject({
    kind: 'runsOut',
    until: new Date('2026-11-25T12:00:00Z'),
  })
  expect(forecastCredits({ ...input, grants: lasting(1_000_000) })).toMatchObject({
    kind: 'lasts',
    until: null,
  })
})

test('a new account’s pace ignores the days before it existed and its first busy hour', () => {
  const days = [{ day: '2026-11-20', total: credits(100) }]
  const input = { grants: lasting(900), days, now, resetsAt }
  expect(forecastCredits({ ...input, since: new Date('2026-11-18T12:00:00Z') }).perDay).toBe(credits(50))
  expect(forecastCredits({ ...input, since: new Date('2026-11-20T11:00:00Z') }).perDay).toBe(credits(100))
})

test('a forecast needs three days with usage, however old the account is', () => {
  const kindAfter = (...days: number[]) =>
    forecastCredits({
      grants: lasting(900),
      days: days.map((day) => ({ day: `2026-11-${day}`, total: credits(100) })),
      now,
      since,
      resetsAt,
    }).kind
  expect(kindAfter(20)).toBe('new')
  expect(kindAfter(20, 20, 20)).toBe('new')
  expect(kindAfter(19, 20)).toBe('new')
  expect(kindAfter(18, 19, 20)).toBe('runsOut')
})

test('a forecast is empty without credits, idle without usage, and at most a year ahead', () => {
  const input = { days: week(0), now, since, resetsAt: null }
  expect(forecastCredits({ ...input, grants: [] }).kind).toBe('empty')
  expect(forecastCredits({ ...input, grants: lasting(5) }).kind).toBe('idle')
  const slow = { ...input, days: week(1), grants: lasting(1_000_000) }
  expect(forecastCredits(slow)).toMatchObject({ kind: 'lasts', until: null })
})
