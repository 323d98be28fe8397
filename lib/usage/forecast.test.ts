import { expect, test } from 'vitest'
import { type Millicredits, millicredits, ZERO } from '@/lib/millicredits'
import { forecastCredits, usageLevel } from './forecast'

const credits = (amount: number): Millicredits => millicredits(amount * 1_000)
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
])('$taken of $limit is $level', ({ taken, limit, level }) => {
  expect(usageLevel(credits(taken), credits(limit))).toBe(level)
})

test('the pace is what the last seven days came to over the time that passed of them', () => {
  // 7 × 130 credits in 6.5 days: 140 a day.
  const forecast = forecastCredits({ available: credits(700), days: week(130), now, since, resetsAt })
  expect(forecast).toEqual({ kind: 'runsOut', perDay: credits(140), until: new Date('2026-11-25T12:00:00Z') })
})

test('days before the window do not count', () => {
  const days = [{ day: '2026-11-13', total: credits(9_000) }, ...week(130)]
  expect(forecastCredits({ available: credits(700), days, now, since, resetsAt }).perDay).toBe(credits(140))
})

test('credits that outlast the period last until its reset', () => {
  const forecast = forecastCredits({ available: credits(5_000), days: week(130), now, since, resetsAt })
  expect(forecast).toEqual({ kind: 'lasts', perDay: credits(140), until: resetsAt })
})

test('a new account is not measured by days it did not exist, nor by its first busy hour', () => {
  const days = [{ day: '2026-11-20', total: credits(100) }]
  const input = { available: credits(900), days, now, resetsAt }
  expect(forecastCredits({ ...input, since: new Date('2026-11-18T12:00:00Z') }).perDay).toBe(credits(50))
  expect(forecastCredits({ ...input, since: new Date('2026-11-20T11:00:00Z') }).perDay).toBe(credits(100))
})

test('nothing left is empty, nothing used is idle, and a year is the horizon', () => {
  const input = { days: week(0), now, since, resetsAt: null }
  expect(forecastCredits({ ...input, available: ZERO }).kind).toBe('empty')
  expect(forecastCredits({ ...input, available: credits(5) }).kind).toBe('idle')
  const slow = { ...input, days: week(1), available: credits(1_000_000) }
  expect(forecastCredits(slow)).toMatchObject({ kind: 'lasts', until: null })
})
