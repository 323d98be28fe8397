import { describe, expect, it } from 'vitest'
import { operationColorVar } from '@/components/charts/operation-color'
import { prepareBreakdown } from '@/components/charts/prepare-breakdown'
import { currentCatalog } from '@/lib/catalogs/current'
import { millicredits } from '@/lib/millicredits'

const series = [
  { key: 'a', label: 'A', colorVar: '--family-web' },
  { key: 'b', label: 'B', colorVar: '--family-text' },
  { key: 'c', label: 'C', colorVar: '--family-image' },
]

describe('prepareBreakdown', () => {
  it('adds up each series, sorts by size, and omits unused ones', () => {
    const { rows, total } = prepareBreakdown({
      series,
      values: [
        { key: 'a', value: millicredits(1_000) },
        { key: 'b', value: millicredits(2_000) },
        { key: 'b', value: millicredits(1_000) },
      ],
    })
    expect(total).toBe(4_000)
    expect(rows.map(({ key, total: amount, share }) => [key, amount, share])).toEqual([
      ['b', 3_000, 0.75],
      ['a', 1_000, 0.25],
    ])
  })

  it('returns no rows if there is no usage', () => {
    expect(prepareBreakdown({ series, values: [] })).toEqual({ rows: [], total: 0 })
  })
})

describe('operationColorVar', () => {
  it('keeps the hue of the family and distinguishes tiers', () => {
    const colorOf = (tier: string) => operationColorVar(currentCatalog(), { family: 'image', tier })
    expect(colorOf('standard')).toBe('--family-image')
    expect(colorOf('advanced')).toBe('--family-image-strong')
  })
})
