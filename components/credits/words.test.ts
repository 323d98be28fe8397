import { expect, test } from 'vitest'
import type { BalanceJson } from '@/components/dashboard/api-json'
import { millicredits } from '@/lib/millicredits'
import { allowanceLevel, forecastInWords, headlineInWords } from './words'

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
  },
  packs: { remaining: 0 },
  promo: { remaining: 0 },
  moved: { remaining: 0 },
  ...more,
})

test('the headline says of what and until when, never more than there is', () => {
  expect(headlineInWords(balance(), 'en-GB')).toBe('of 10,000 a month · resets 12 December (UTC)')
  expect(headlineInWords(balance({ available: 3_240.5 }), 'en-GB')).toBe(
    '1,240 of 10,000 a month · resets 12 December (UTC) · 2,000 beyond it',
  )
  const cancelled = {
    key: 'super',
    name: 'Super',
    status: 'cancelling',
    endsAt: '2026-12-12T00:00:00.000Z',
  } as const
  expect(headlineInWords(balance({ plan: cancelled }), 'de')).toBe(
    'of 10.000 a month · Super ends 12. Dezember (UTC)',
  )
})

test('held credits count as gone', () => {
  const { allowance } = balance()
  expect(allowanceLevel(balance())).toBe('near')
  expect(allowanceLevel(balance({ allowance: { ...allowance, used: 7_999 } }))).toBe('ok')
  expect(allowanceLevel(balance({ allowance: { ...allowance, held: 1_240.5 } }))).toBe('out')
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
  { kind: 'empty', perDay: 80_000, until, words: 'Nothing is left; lately you used about 80 credits a day.' },
] as const)('$words', ({ perDay, words, ...forecast }) => {
  expect(forecastInWords({ ...forecast, perDay: millicredits(perDay) }, 'en-GB')).toBe(words)
})
