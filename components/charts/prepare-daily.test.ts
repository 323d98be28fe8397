import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addDays,
  CHART_DAYS_MAX,
  type ChartSeries,
  type DailyValue,
  listDays,
} from '@/components/charts/chart-data'
import { prepareDaily } from '@/components/charts/prepare-daily'
import { summarizeDaily } from '@/components/charts/summarize-daily'
import { millicredits } from '@/lib/millicredits'

const series: ChartSeries[] = [
  { key: 'web.extract', label: 'Web Content Extraction', colorVar: '--family-web' },
  { key: 'editor.chat.fast', label: 'Editor Chat (Fast mode)', colorVar: '--family-editor' },
  { key: 'speech.tts', label: 'Text-to-Speech', colorVar: '--family-speech' },
]

function value(day: string, key: string, credits: number): DailyValue {
  return { day, key, value: millicredits(credits * 1_000) }
}

const values = [
  value('2025-11-11', 'web.extract', 24),
  value('2025-11-12', 'editor.chat.fast', 1_200),
  value('2025-11-12', 'web.extract', 8),
  value('2025-11-12', 'web.extract', 8),
  value('2025-11-13', 'editor.chat.fast', 40),
  value('2025-12-01', 'editor.chat.fast', 9_999),
]
const range = { values, series, from: '2025-11-10', to: '2025-11-15', today: '2025-11-13' }
const words = { most: 'used the most', none: 'No credits were used in this period.' }

describe('listDays', () => {
  it('includes the first day and excludes the last, across months and leap days', () => {
    expect(listDays('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29'])
    expect(listDays('2025-11-10', '2025-11-10')).toEqual([])
  })

  it('refuses an invalid day and a range longer than a chart can draw', () => {
    expect(() => listDays('2025-01-01', addDays('2025-01-01', CHART_DAYS_MAX + 1))).toThrow(RangeError)
    expect(() => listDays('2025-13-01', '2025-12-01')).toThrow(RangeError)
  })
})

describe('prepareDaily', () => {
  it('includes every day of the range and adds up the values of each day and series', () => {
    const chart = prepareDaily(range)
    expect(chart.days.map(({ day, total }) => [day, total])).toEqual([
      ['2025-11-10', 0],
      ['2025-11-11', 24_000],
      ['2025-11-12', 1_216_000],
      ['2025-11-13', 40_000],
      ['2025-11-14', 0],
    ])
    expect(chart.days[2]?.byKey).toEqual({ 'editor.chat.fast': 1_200_000, 'web.extract': 16_000 })
  })

  it('marks today as partial and later days as future', () => {
    const chart = prepareDaily(range)
    expect(chart.days.filter((day) => day.partial).map(({ day }) => day)).toEqual(['2025-11-13'])
    expect(chart.days.filter((day) => day.future).map(({ day }) => day)).toEqual(['2025-11-14'])
  })

  it('marks partial first and last days of a range as cut, but today as in progress', () => {
    const partial = (more: Partial<Parameters<typeof prepareDaily>[0]>) =>
      prepareDaily({ ...range, isFirstCut: true, isLastCut: true, ...more })
        .days.filter((day) => day.partial)
        .map((day) => [day.day, day.partial])
    expect(partial({})).toEqual([
      ['2025-11-10', 'cut'],
      ['2025-11-13', 'underWay'],
      ['2025-11-14', 'cut'],
    ])
    expect(partial({ today: '2025-11-14' })).toEqual([
      ['2025-11-10', 'cut'],
      ['2025-11-14', 'underWay'],
    ])
  })

  it('orders series by amount and omits those without usage', () => {
    expect(prepareDaily(range).series.map(({ key }) => key)).toEqual(['editor.chat.fast', 'web.extract'])
  })

  it('removes a hidden series from days, total and shares but keeps it in the legend', () => {
    const chart = prepareDaily({ ...range, hidden: ['editor.chat.fast'] })
    expect(chart.total).toBe(40_000)
    expect(chart.busiest?.day).toBe('2025-11-11')
    expect(chart.series.map(({ key, hidden, share }) => [key, hidden, share])).toEqual([
      ['editor.chat.fast', true, 0],
      ['web.extract', false, 1],
    ])
  })

  it('refuses a value of an unnamed series instead of dropping it', () => {
    expect(() => prepareDaily({ ...range, values: [value('2025-11-11', 'nobody', 1)] })).toThrow(/nobody/)
  })

  it('adds up to the same total by day and by series', () => {
    const anyValue = fc.record({
      day: fc.integer({ min: -3, max: 9 }).map((offset) => addDays('2025-11-10', offset)),
      key: fc.constantFrom(...series.map(({ key }) => key)),
      value: fc.nat(10_000_000).map((amount) => millicredits(amount)),
    })
    fc.assert(
      fc.property(fc.array(anyValue), (many) => {
        const chart = prepareDaily({ ...range, values: many })
        expect(chart.series.reduce((sum, one) => sum + one.total, 0)).toBe(chart.total)
        expect(chart.days.reduce((sum, one) => sum + one.total, 0)).toBe(chart.total)
      }),
    )
  })
})

describe('summarizeDaily', () => {
  it('names the largest series, its share and the busiest day', () => {
    expect(summarizeDaily(prepareDaily(range), words)).toBe(
      'Editor Chat (Fast mode) used the most: 1,240 of 1,280 credits; busiest day 12 November.',
    )
  })

  it('says that there is no usage, or that all of it is hidden', () => {
    expect(summarizeDaily(prepareDaily({ ...range, values: [] }), words)).toBe(words.none)
    const hidden = series.map(({ key }) => key)
    const allHidden = 'Everything is switched off below.'
    expect(summarizeDaily(prepareDaily({ ...range, hidden }), words)).toBe(allHidden)
  })

  it('does not compare a single series with itself', () => {
    const chart = prepareDaily({ ...range, hidden: ['editor.chat.fast'] })
    expect(summarizeDaily(chart, words)).toBe('Web Content Extraction: 40 credits; busiest day 11 November.')
  })
})
