import { expect, test } from 'vitest'
import { rangeInWords } from '@/components/usage/range-words'
import type { BalanceJson } from '@/lib/contract/account'
import { millicredits } from '@/lib/millicredits'
import {
  allowanceLevel,
  forecastInWords,
  headlineInWords,
  nextCredits,
  resetInWords,
  untilReset,
} from './words'

const balance = (more: Partial<BalanceJson> = {}): BalanceJson => ({
  plan: { key: 'super', name: 'Super', status: 'active', endsAt: null },
  available: 1_240.5,
  held: 0,
  allowance: {
    limit: 10_000,
    used: 8_759.5,
    held: 0,
    remaining: 1_240.5,
    periodStart: '2026-11-12T00:00:00.000Z',
    resetsAt: '2026-12-12T00:00:00.000Z',
    carried: null,
  },
  packs: { remaining: 0 },
  promo: { remaining: 0 },
  moved: { remaining: 0 },
  rewards: { balance: 0, onHold: 0, owed: 0 },
  ...more,
})

const now = new Date('2026-11-20T12:00:00Z')

test('the headline names the reset and never more credits than there are', () => {
  expect(headlineInWords(balance(), now, null)).toBe('of 10,000 a month · resets 12 December (UTC)')
  expect(headlineInWords(balance({ available: 3_240.5 }), now, null)).toBe(
    '1,240 of 10,000 a month · resets 12 December (UTC) · 2,000 from other credits',
  )
  const cancelled = {
    key: 'super',
    name: 'Super',
    status: 'cancelling',
    endsAt: '2026-12-12T00:00:00.000Z',
  } as const
  expect(headlineInWords(balance({ plan: cancelled }), now, '2026-12-12T00:00:00.000Z')).toBe(
    'of 10,000 a month · Super ends 12 December (UTC)',
  )
})

test('a reset delayed by a late payment names the last day of the credits', () => {
  const words = 'resets 12 December (UTC); spendable until 15 December if the payment is late'
  expect(resetInWords('2026-12-12T00:00:00.000Z', '2026-12-15T00:00:00.000Z')).toBe(words)
  expect(headlineInWords(balance(), now, '2026-12-15T00:00:00.000Z')).toBe(`of 10,000 a month · ${words}`)
  expect(resetInWords('2026-12-12T00:00:00.000Z', '2026-12-12T00:00:00.000Z')).toBe(
    'resets 12 December (UTC)',
  )
})

test('less than one credit beyond the monthly allowance is shown as “less than 1”, not as zero', () => {
  expect(headlineInWords(balance({ available: 1_240.9 }), now, null)).toBe(
    '1,240 of 10,000 a month · resets 12 December (UTC) · less than 1 from other credits',
  )
})

test('an overdue reset is described as a renewal under way', () => {
  const later = new Date('2026-12-12T00:30:00Z')
  expect(headlineInWords(balance(), later, '2026-12-15T00:00:00.000Z')).toBe(
    'of 10,000 a month · the renewal is being paid',
  )
  expect(untilReset(balance(), later)).toBe('until the renewal is paid')
  expect(nextCredits(balance(), later)).toBe('when the renewal is paid')
  expect(untilReset(balance(), now)).toBe('until 12 December (UTC)')
  expect(nextCredits(balance(), now)).toBe('on 12 December (UTC)')
})

test('a period that begins within a day is named with its times', () => {
  const whole = { start: '2026-11-12T00:00:00.000Z', end: '2026-12-12T00:00:00.000Z' }
  expect(rangeInWords(whole)).toBe('12 November – 11 December')
  expect(rangeInWords({ ...whole, end: '2026-11-13T00:00:00.000Z' }, 'date')).toBe('12 November 2026')
  const cut = { start: '2026-11-12T14:30:00.000Z', end: '2026-12-12T14:30:00.000Z' }
  expect(rangeInWords(cut)).toBe('12 November, 14:30 – 12 December, 14:30')
})

test('held credits count towards the used part of the allowance', () => {
  const { allowance } = balance()
  expect(allowanceLevel(balance())).toBe('near')
  expect(allowanceLevel(balance({ allowance: { ...allowance, used: 7_999 } }))).toBe('ok')
  expect(allowanceLevel(balance({ allowance: { ...allowance, held: 1_240.5 } }))).toBe('out')
  const none = { ...allowance, limit: 0, used: 0, remaining: 0 }
  expect(allowanceLevel(balance({ available: 5_000, allowance: none }))).toBe('ok')
  expect(allowanceLevel(balance({ available: 0, allowance: none }))).toBe('out')
})

const until = new Date('2026-12-01T05:00:00Z')
test.each([
  {
    kind: 'runsOut',
    perDay: 140_400,
    until,
    words: 'At this pace, about 140 credits a day, your credits last until 1 December (UTC).',
  },
  {
    kind: 'lasts',
    perDay: 400,
    until,
    words: 'At this pace, less than 1 credit a day, your credits last until the reset on 1 December (UTC).',
  },
  {
    kind: 'lasts',
    perDay: 1_000,
    until: null,
    words: 'At this pace, about 1 credit a day, your credits last for more than a year.',
  },
  { kind: 'idle', perDay: 0, until, words: 'Nothing was used in the last 7 days.' },
  {
    kind: 'empty',
    perDay: 80_000,
    until,
    words: 'Nothing is left to spend. New credits arrive on 12 December (UTC).',
  },
] as const)('the forecast says: $words', ({ perDay, words, ...forecast }) => {
  const next = nextCredits(balance(), now)
  expect(forecastInWords({ ...forecast, perDay: millicredits(perDay) }, next)).toBe(words)
})

test('there is no forecast before the pace of use is known', () => {
  expect(forecastInWords({ kind: 'new', perDay: millicredits(1_000_000) }, 'on 12 December (UTC)')).toBeNull()
})
