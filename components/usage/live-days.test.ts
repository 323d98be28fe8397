import { expect, test } from 'vitest'
import { millicredits } from '@/lib/millicredits'
import { bringUpToDate, daysOf } from './live-days'

const credits = (amount: number) => millicredits(amount * 1_000)
const rendered = [
  { day: '2026-11-18', key: 'web.extract', value: credits(16) },
  { day: '2026-11-19', key: 'ai.standard', value: credits(5) },
  { day: '2026-11-20', key: 'web.extract', value: credits(8) },
]

test('a new charge is added to today, under its operation', () => {
  const live = bringUpToDate(rendered, '2026-11-20', {
    byOperation: [
      { operation: 'web.extract', total: 48, charges: 4 },
      { operation: 'ai.standard', total: 12, charges: 2 },
    ],
    byDay: [
      { day: '2026-11-18', total: 16 },
      { day: '2026-11-19', total: 5 },
      { day: '2026-11-20', total: 39 },
    ],
  })
  expect(live).toEqual({
    current: true,
    values: [
      ...rendered.slice(0, 2),
      { day: '2026-11-20', key: 'web.extract', value: credits(32) },
      { day: '2026-11-20', key: 'ai.standard', value: credits(7) },
    ],
  })
})

test.each([
  { what: 'an earlier day was refunded', byDay: [{ day: '2026-11-18', total: 8 }] },
  {
    what: 'a new day has begun',
    byDay: [
      { day: '2026-11-18', total: 16 },
      { day: '2026-11-21', total: 8 },
    ],
  },
])('the page is out of date when $what', ({ byDay }) => {
  const days = [rendered[0]].filter((value) => value !== undefined)
  const live = bringUpToDate(days, '2026-11-20', { byOperation: [], byDay })
  expect(live).toEqual({ current: false, values: days })
})

test('a fully refunded day does not make the page out of date', () => {
  const byDay = [{ day: '2026-11-19', total: 0 }]
  expect(bringUpToDate([], '2026-11-20', { byOperation: [], byDay }).current).toBe(true)
})

test('a period covers its first and last days in part', () => {
  const midnight = { start: '2026-11-12T00:00:00.000Z', end: '2026-12-12T00:00:00.000Z' }
  expect(daysOf(midnight)).toEqual({
    from: '2026-11-12',
    to: '2026-12-12',
    isFirstCut: false,
    isLastCut: false,
  })
  const halfDay = { start: '2026-11-12T14:30:00.000Z', end: '2026-12-12T14:30:00.000Z' }
  expect(daysOf(halfDay)).toEqual({ from: '2026-11-12', to: '2026-12-13', isFirstCut: true, isLastCut: true })
})
