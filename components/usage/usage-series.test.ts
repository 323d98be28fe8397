import { expect, test } from 'vitest'
import { chartedBy, usedValues } from '@/components/usage/usage-series'
import { millicredits } from '@/lib/millicredits'

const uuid = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
const app = (number: number) => ({ id: uuid(number), name: `App ${number}`, slug: `app-${number}` })
const used = (key: string | null, total: number) => ({
  day: '2026-05-01',
  key,
  total: millicredits(total),
})

test('a fully refunded day draws nothing', () => {
  expect(usedValues([used('web.extract', 0), used('web.extract', 5)])).toEqual([
    { day: '2026-05-01', key: 'web.extract', value: 5 },
  ])
})

test('an unknown operation is shown by its key', () => {
  const { series } = chartedBy('operation', [used('web.extract', 1), used('gone.for.good', 1)], [])
  expect(series.map(({ label }) => label)).toEqual(['Web Content Extraction', 'gone.for.good'])
})

test('the eight largest apps are named, the others merged, and nothing is lost', () => {
  const apps = Array.from({ length: 12 }, (_, index) => app(index + 1))
  const days = [...apps.map(({ id }, index) => used(id, 1_000 - index)), used(null, 7)]
  const { values, series } = chartedBy('app', days, apps)
  expect(series.map(({ label }) => label)).toEqual([
    ...apps.slice(0, 8).map(({ name }) => name),
    'Other apps',
    'Outside apps',
  ])
  expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(
    days.reduce((sum, { total }) => sum + total, 0),
  )
  const keys = new Set(series.map(({ key }) => key))
  expect(values.every(({ key }) => keys.has(key))).toBe(true)
})

const colorsOf = (numbers: readonly number[]) => {
  const days = numbers.map((number) => used(uuid(number), 1_000 - number))
  const { series } = chartedBy('app', days, numbers.map(app))
  return new Map(series.map(({ label, colorVar }) => [label, colorVar]))
}

test('an app keeps its colour regardless of which other apps are used', () => {
  const alone = colorsOf([4]).get('App 4')
  expect(colorsOf([1, 2, 4]).get('App 4')).toBe(alone)
  expect(colorsOf([4, 5, 6]).get('App 4')).toBe(alone)
  // App 12 would have the same colour; it is newer, so it gets a free one.
  expect(colorsOf([4, 12]).get('App 4')).toBe(alone)
  expect(colorsOf([4, 12]).get('App 12')).not.toBe(alone)
})

test('eight charted apps have eight colours, each keeping its own where possible', () => {
  const colors = colorsOf([1, 2, 3, 4, 5, 6, 7, 9, 8])
  expect(colors.get('Other apps')).toBe('--muted')
  const drawn = [...colors].filter(([label]) => label.startsWith('App '))
  expect(new Set(drawn.map(([, color]) => color)).size).toBe(8)
  for (const number of [1, 2, 3, 4, 5, 6, 7])
    expect(colors.get(`App ${number}`)).toBe(colorsOf([number]).get(`App ${number}`))
})
