import { describe, expect, it } from 'vitest'
import { prepareCumulative, summarizeCumulative } from '@/components/charts/prepare-cumulative'
import { millicredits } from '@/lib/millicredits'

function values(amounts: Record<string, number>) {
  return Object.entries(amounts).map(([day, credits]) => ({ day, value: millicredits(credits * 1_000) }))
}

const current = {
  from: '2025-11-12',
  to: '2025-12-12',
  values: values({ '2025-11-12': 100, '2025-11-14': 50 }),
}
const previous = {
  from: '2025-10-12',
  to: '2025-11-12',
  values: values({ '2025-10-12': 80, '2025-10-14': 200, '2025-11-11': 20 }),
}

describe('prepareCumulative', () => {
  it('accumulates day by day up to today', () => {
    const chart = prepareCumulative({ current, previous, today: '2025-11-14' })
    expect(chart.points.slice(0, 4).map((point) => [point.current, point.previous])).toEqual([
      [100_000, 80_000],
      [100_000, 80_000],
      [150_000, 280_000],
      [null, 280_000],
    ])
    expect(chart.points[2]?.partial).toBe(true)
  })

  it('compares whole days only, up to the same day of the last period', () => {
    const chart = prepareCumulative({ current, previous, today: '2025-11-15' })
    expect(chart).toMatchObject({
      currentTotal: 150_000,
      previousTotal: 300_000,
      compared: { current: 150_000, previous: 280_000 },
    })
    expect(chart.points).toHaveLength(30)
    expect(chart.points.at(-1)?.day).toBe('2025-12-11')
    const earlier = prepareCumulative({ current, previous, today: '2025-11-14' })
    expect(earlier).toMatchObject({ currentTotal: 150_000, compared: { current: 100_000, previous: 80_000 } })
  })

  it('compares a finished period with the whole of a longer previous one', () => {
    const february = { from: '2026-02-01', to: '2026-03-01', values: values({ '2026-02-10': 300 }) }
    const january = {
      from: '2026-01-01',
      to: '2026-02-01',
      values: values({ '2026-01-10': 100, '2026-01-30': 500 }),
    }
    const chart = prepareCumulative({ current: february, previous: january, today: '2026-03-01' })
    expect(chart.compared).toEqual({ current: 300_000, previous: 600_000 })
    expect(summarizeCumulative(chart)).toBe('300 credits, 300 less than in the last period.')
  })

  it('compares with the whole of a shorter previous period once its days have passed', () => {
    const march = { from: '2026-03-01', to: '2026-04-01', values: values({ '2026-03-01': 100 }) }
    const february = { from: '2026-02-01', to: '2026-03-01', values: values({ '2026-02-10': 300 }) }
    const chart = prepareCumulative({ current: march, previous: february, today: '2026-03-31' })
    expect(chart.compared).toEqual({ current: 100_000, previous: 300_000 })
  })

  it('works without a previous period', () => {
    const chart = prepareCumulative({ current, previous: null, today: '2025-11-12' })
    expect(chart).toMatchObject({ compared: null, previousTotal: null })
  })
})

describe('summarizeCumulative', () => {
  it.each([
    [100, '100 credits so far; by the end of yesterday 20 more than at that point of the last period.'],
    [30, '30 credits so far; by the end of yesterday 50 less than at that point of the last period.'],
    [80, '80 credits so far; by the end of yesterday the same as at that point of the last period.'],
  ])('compares this period with the last', (used, sentence) => {
    const chart = prepareCumulative({
      current: { ...current, values: values({ '2025-11-12': used }) },
      previous,
      today: '2025-11-13',
    })
    expect(summarizeCumulative(chart)).toBe(sentence)
  })

  it('does not compare a partial first day with a whole one', () => {
    const chart = prepareCumulative({ current, previous, today: '2025-11-12' })
    expect(summarizeCumulative(chart)).toBe(
      '100 credits so far; the first day of the last period came to 80.',
    )
  })

  it('gives the total of a finished range', () => {
    const chart = prepareCumulative({ current, previous, today: '2026-06-01' })
    expect(summarizeCumulative(chart, 'the 30 days before')).toBe(
      '150 credits, 150 less than in the 30 days before.',
    )
  })

  it('says that there is no previous period', () => {
    const chart = prepareCumulative({ current, previous: null, today: '2025-11-12' })
    expect(summarizeCumulative(chart)).toBe('100 credits so far; there is no earlier period to compare with.')
  })
})
