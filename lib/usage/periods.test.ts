import { expect, test } from 'vitest'
import { ZERO } from '@/lib/millicredits'
import { comparedPeriods, periodRange } from './periods'

const at = (text: string) => new Date(text.length > 10 ? text : `${text}T00:00:00Z`)
const periods = (
  plan: 'free' | 'super',
  start: string | null,
  end: string | null,
  since: string,
  now = '2026-03-20T10:00:00Z',
) =>
  comparedPeriods({
    plan: { key: plan, endsAt: null },
    allowance: {
      limit: ZERO,
      used: ZERO,
      held: ZERO,
      remaining: ZERO,
      periodStart: start === null ? null : at(start),
      resetsAt: end === null ? null : at(end),
      carried: null,
    },
    since: at(since),
    now: at(now),
  })

test.each([
  { plan: 'free', start: '2026-03-12', end: '2026-04-12', since: '2025-06-12', before: '2026-02-12' },
  // Signed up on a 31st: February's period began on its last day, the previous one on the 31st.
  { plan: 'free', start: '2026-02-28', end: '2026-03-31', since: '2025-08-31', before: '2026-01-31' },
  {
    plan: 'super',
    start: '2026-03-31T14:30:00Z',
    end: '2026-04-30T14:30:00Z',
    since: '2025-06-12',
    before: '2026-02-28T14:30:00Z',
  },
] as const)(
  'the $plan period from $start follows the period from $before',
  ({ plan, start, end, since, before }) => {
    const { current, previous } = periods(plan, start, end, since)
    expect(current).toEqual({ start: at(start), end: at(end) })
    expect(previous).toEqual({ start: at(before), end: at(start) })
  },
)

test('an account’s first period has no previous one', () => {
  expect(periods('free', '2026-03-12', '2026-04-12', '2026-03-12T09:00:00Z').previous).toBeNull()
})

test('a first paid period is not compared with the time before the account, but earlier usage is listed', async () => {
  const upgraded = periods('super', '2026-03-15T14:30:00Z', '2026-04-15T14:30:00Z', '2026-03-10T08:00:00Z')
  expect(upgraded.previous).toBeNull()
  const last = await periodRange(
    { choice: 'last', firstDay: null, lastDay: null, now: at('2026-03-20T10:00:00Z') },
    async () => upgraded,
  )
  expect(last).toEqual({ from: at('2026-03-10'), to: at('2026-03-15T14:30:00Z') })
})

test('a period whose renewal is being paid lasts until the end of today', () => {
  const span = ['2026-02-20T14:30:00Z', '2026-03-20T14:30:00Z'] as const
  const { current } = periods('super', ...span, '2025-06-12', '2026-03-22T09:00:00Z')
  expect(current).toEqual({ start: at(span[0]), end: at('2026-03-23') })
})

test('without an allowance, the last thirty days replace the period', () => {
  const { current } = periods('super', null, null, '2026-01-01')
  expect(current).toEqual({ start: at('2026-02-19'), end: at('2026-03-21') })
})

test.each([
  { choice: 'all', from: null, to: null },
  { choice: 'this', from: '2026-03-12', to: '2026-04-12' },
  { choice: 'last', from: '2026-02-12', to: '2026-03-12' },
  { choice: '7d', from: '2026-03-14', to: null },
  { choice: '90d', from: '2025-12-21', to: null },
  { choice: 'custom', from: '2026-01-05', to: '2026-01-08' },
] as const)('the range of $choice is $from to $to', async ({ choice, from, to }) => {
  const input = { choice, firstDay: '2026-01-05', lastDay: '2026-01-07', now: at('2026-03-20T10:00:00Z') }
  const range = await periodRange(input, async () =>
    periods('free', '2026-03-12', '2026-04-12', '2025-06-12'),
  )
  expect(range).toEqual({ from: from && at(from), to: to && at(to) })
})
