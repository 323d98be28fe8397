import { expect, test } from 'vitest'
import { minorDigits } from '@/lib/currencies'
import type { CreditFlow, MonthlyReport } from './report'
import { reportCsv } from './report-csv'
import { moneyOf, type PricedSum } from './report-money'
import { monthsFrom, parseMonth } from './report-month'

const NOTHING = {
  opening: 0,
  issued: 0,
  charged: 0,
  refunded: 0,
  expired: 0,
  revoked: 0,
  closing: 0,
  ended: 0,
  sold: 0,
  alreadyUsed: 0,
}

function pack(part: Partial<PricedSum>): PricedSum {
  return { ...NOTHING, source: 'pack', currency: 'usd', paid: 600, granted: 2_000_000, ...part }
}

test.each<[string, PricedSum[], object]>([
  [
    'a whole pack is valued at its price',
    [pack({ issued: 2_000_000, sold: 600, closing: 2_000_000 })],
    { issued: 600, used: 0, closing: 600 },
  ],
  [
    'half a cent rounds up, and used takes the rounding difference',
    [pack({ opening: 2_000_000, charged: 1_998_333, closing: 1_667 })],
    { opening: 600, used: 599, closing: 1 },
  ],
  [
    'credits of different prices are added before rounding',
    [
      pack({ paid: 1, granted: 3, opening: 1, closing: 1 }),
      pack({ paid: 1, granted: 6, opening: 1, closing: 1 }),
    ],
    { opening: 1, used: 0, closing: 1 },
  ],
  [
    'restored credits count as negative revocations',
    [pack({ opening: 0, revoked: -1_000_000, closing: 1_000_000 })],
    { opening: 0, used: 0, revoked: -300, closing: 300 },
  ],
])('the report’s money, case by case: %s', (_what, sums, expected) => {
  expect(moneyOf(sums)).toMatchObject(expected)
})

test('report months are parsed, counted and bounded in UTC', () => {
  const november = parseMonth('2026-11')
  expect(november).toEqual({
    name: '2026-11',
    from: new Date('2026-11-01T00:00:00Z'),
    to: new Date('2026-12-01T00:00:00Z'),
  })
  if (november === null) throw new Error('2026-11 is a month')
  expect([-11, -10, 1, 2].map((offset) => monthsFrom(november, offset))).toEqual([
    '2025-12',
    '2026-01',
    '2026-12',
    '2027-01',
  ])
  for (const text of ['2026-00', '2026-13', '2026-1', '26-11', '2026-11-01', ''])
    expect(parseMonth(text)).toBeNull()
})

test('the report’s CSV has a column for every figure, exact to the millicredit and minor unit', () => {
  const month = parseMonth('2026-11')
  if (month === null) throw new Error('2026-11 is a month')
  const amounts = { opening: 1_500, issued: 0, charged: 251, refunded: 1, used: 250, expired: 0, revoked: 0 }
  const credits = { ...amounts, closing: 1_250, ended: 0, alreadyUsed: 40 } as CreditFlow
  const money = { opening: 105, issued: 0, used: 100, expired: 0, revoked: 0, closing: 5, alreadyUsed: 3 }
  const reward = { opening: 0, earned: 10, reversed: 0, moved: 0, closing: 10 }
  const report = {
    month,
    sources: [{ source: 'pack', currency: 'usd', credits, money }],
    total: credits,
    moneyTotals: [{ currency: 'usd', money }],
    absorbed: 7,
    rewards: { paid: reward, free: reward, total: reward },
    rewardsClosing: { movable: 4, onHold: 6, owed: 0 },
    onHoldBy: { paid: 5, free: 1 },
  } as MonthlyReport
  const lines = reportCsv(report).split('\r\n')
  expect(lines.at(-1)).toBe('')
  expect(new Set(lines.slice(0, -1).map((line) => line.split(',').length))).toEqual(new Set([22]))
  expect(lines.slice(1, 6)).toEqual([
    '2026-11,credits,pack,usd,credit,1.500,0.000,0.251,0.001,0.250,0.000,0.000,,,,1.250,0.000,,,,,0.040',
    '2026-11,credits,total,,credit,1.500,0.000,0.251,0.001,0.250,0.000,0.000,,,,1.250,0.000,,,,,0.040',
    '2026-11,money,pack,usd,usd,1.05,0.00,,,1.00,0.00,0.00,,,,0.05,,,,,,0.03',
    '2026-11,money,total,usd,usd,1.05,0.00,,,1.00,0.00,0.00,,,,0.05,,,,,,0.03',
    '2026-11,usage,absorbed,,credit,,,,,,,,,,,,,,,,0.007,',
  ])
  expect(lines[8]).toBe(
    '2026-11,rewards,total,,credit,0.000,,,,,,,0.010,0.000,0.000,0.010,,0.004,0.006,0.000,,',
  )
  expect(lines.slice(6, 8).map((line) => line.split(',')[18])).toEqual(['0.005', '0.001'])
  expect([minorDigits('usd'), minorDigits('jpy')]).toEqual([2, 0])
})
