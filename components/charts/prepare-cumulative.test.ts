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
  it('adds up day by day and stops today', () => {
    const chart = prepareCumulative({ current, previous, today: '2025-11-14' })
    expect(chart.points.slice(0, 4).map((point) => [point.current, point.previous])).toEqual([
      [100_000, 80_000],
      [100_000, 80_000],
      [150_000, 280_000],
      [null, 280_000],
    ])
    expect(chart.points[2]?.partial).toBe(true)
  })

  it('compares with the same day of the last period and keeps its longer end', () => {
    const chart = prepareCumulative({ current, previous, today: '2025-11-14' })
    expect(chart).toMatchObject({ currentTotal: 150_000, previousToDate: 280_000, previousTotal: 300_000 })
    expect(chart.points).toHaveLength(31)
  })

  it('compares a finished period with the whole of the last', () => {
    const chart = prepareCumulative({ current, previous, today: '2026-01-01' })
    expect(chart).toMatchObject({ currentTotal: 150_000, previousToDate: 280_000 })
    expect(chart.points[29]?.current).toBe(150_000)
  })

  it('does without a period before', () => {
    const chart = prepareCumulative({ current, previous: null, today: '2025-11-12' })
    expect(chart).toMatchObject({ previousToDate: null, previousTotal: null })
  })
})

describe('summarizeCumulative', () => {
  it.each([
    [values({ '2025-11-12': 100 }), '100 credits so far, 20 more than at this point of the last period.'],
    [values({ '2025-11-12': 30 }), '30 credits so far, 50 less than at this point of the last period.'],
    [values({ '2025-11-12': 80 }), '80 credits so far, the same as at this point of the last period.'],
  ])('says how this period stands', (ofCurrent, sentence) => {
    const chart = prepareCumulative({
      current: { ...current, values: ofCurrent },
      previous,
      today: '2025-11-12',
    })
    expect(summarizeCumulative(chart, 'en')).toBe(sentence)
  })

  it('of days that are over says what they came to', () => {
    const chart = prepareCumulative({ current, previous, today: '2026-06-01' })
    expect(summarizeCumulative(chart, 'en', 'the 30 days before')).toMatch(
      /^[\d,]+ credits, [\d,]+ (more|less) than in the 30 days before\.$/,
    )
  })

  it('says that there is nothing to compare with', () => {
    const chart = prepareCumulative({ current, previous: null, today: '2025-11-12' })
    expect(summarizeCumulative(chart, 'en')).toBe(
      '100 credits so far; there is nothing before to compare with.',
    )
  })
})
