import { expect, test } from 'vitest'
import { chartDays } from './chart-days'
import type { PeriodChoice } from './period-choices'
import { periodRange } from './periods'

const at = (text: string) => new Date(text.length > 10 ? text : `${text}T00:00:00Z`)
const PERIODS = {
  current: { start: at('2026-03-12'), end: at('2026-04-12') },
  last: { start: at('2026-02-12'), end: at('2026-03-12') },
  previous: { start: at('2026-02-12'), end: at('2026-03-12') },
}

/** Formats both ends as days. */
const days = ([from, to]: readonly [string, string]) => ({ start: at(from), end: at(to) })

async function drawn(
  choice: PeriodChoice,
  { first, last, since = '2025-06-12T08:00:00Z' }: { first?: string; last?: string; since?: string } = {},
) {
  const now = at('2026-03-20T10:00:00Z')
  const range = await periodRange(
    { choice, firstDay: first ?? null, lastDay: last ?? null, now },
    async () => PERIODS,
  )
  const plan = { key: 'free', endsAt: null } as const
  return chartDays({ choice, range, since: at(since), now, plan, periods: PERIODS })
}

test.each([
  { choice: 'this', days: ['2026-03-12', '2026-04-12'], previous: ['2026-02-12', '2026-03-12'] },
  { choice: 'last', days: ['2026-02-12', '2026-03-12'], previous: ['2026-01-12', '2026-02-12'] },
  { choice: '7d', days: ['2026-03-14', '2026-03-21'], previous: ['2026-03-07', '2026-03-14'] },
  { choice: '30d', days: ['2026-02-19', '2026-03-21'], previous: ['2026-01-20', '2026-02-19'] },
  { choice: 'all', days: ['2025-06-12', '2026-03-21'], previous: null },
] as const)('a chart of $choice shows $days and compares them with $previous', async (one) => {
  expect(await drawn(one.choice)).toEqual({
    range: days(one.days),
    previous: one.previous && days(one.previous),
    isCut: false,
  })
})

test('a chart of a period that begins and ends within a day shows only its part of those days', async () => {
  const current = { start: at('2026-03-12T14:30:00Z'), end: at('2026-04-12T14:30:00Z') }
  const previous = { start: at('2026-02-12T14:30:00Z'), end: current.start }
  const found = chartDays({
    choice: 'this',
    range: { from: current.start, to: current.end },
    since: at('2025-06-12T08:00:00Z'),
    now: at('2026-03-20T10:00:00Z'),
    plan: { key: 'super', endsAt: null },
    periods: { current, last: previous, previous },
  })
  expect(found).toEqual({ range: current, previous, isCut: false })
})

test('a chart shows future days only for a plan period', async () => {
  const found = await drawn('custom', { first: '2026-03-18', last: '2026-12-31' })
  expect(found?.range).toEqual(days(['2026-03-18', '2026-03-21']))
})

test('a chart of several years keeps the newest days and says so', async () => {
  for (const last of [undefined, '9999-12-31']) {
    const found = await drawn('custom', { first: '0001-01-01', ...(last ? { last } : {}) })
    expect(found).toMatchObject({ range: days(['2025-03-20', '2026-03-21']), isCut: true })
  }
})

test('a chart does not compare days before the account existed', async () => {
  expect(await drawn('7d', { since: '2026-03-08T09:00:00Z' })).toMatchObject({ previous: null })
  expect(await drawn('7d', { since: '2026-03-07T09:00:00Z' })).toMatchObject({
    previous: days(['2026-03-07', '2026-03-14']),
  })
})

test('a range without a day has no chart', async () => {
  expect(await drawn('custom', { first: '2026-05-01' })).toBeNull()
  expect(await drawn('custom', { first: '2026-03-10', last: '2026-03-01' })).toBeNull()
})
