import { expect, test } from 'vitest'
import { chartedBy, usedValues } from '@/components/usage/usage-series'
import { publicId } from '@/lib/ids'
import { millicredits, ZERO } from '@/lib/millicredits'

const uuid = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
const app = (number: number) => ({ id: uuid(number), name: `App ${number}`, slug: `app-${number}` })
const used = (key: string | null, total: number) => ({
  day: '2026-05-01',
  key,
  total: millicredits(total),
})

test('a day on which all came back draws nothing', () => {
  expect(usedValues([used('web.extract', 0), used('web.extract', 5)])).toEqual([
    { day: '2026-05-01', key: 'web.extract', value: 5 },
  ])
})

test('an operation that is no longer known goes by its key', () => {
  const { series } = chartedBy('operation', [used('web.extract', 1), used('gone.for.good', 1)], [])
  expect(series.map(({ label }) => label)).toEqual(['Web Content Extraction', 'gone.for.good'])
})

test('the eight largest apps go by name, the others as one, and nothing is lost', () => {
  const apps = Array.from({ length: 12 }, (_, index) => app(index + 1))
  const days = [...apps.map(({ id }, index) => used(id, 1_000 - index)), used(null, 7)]
  const { values, series } = chartedBy('app', days, apps)
  expect(series.map(({ label }) => label)).toEqual([
    ...apps.slice(0, 8).map(({ name }) => name),
    'Other apps',
    'Outside of apps',
  ])
  expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(
    days.reduce((sum, { total }) => sum + total, 0),
  )
  const keys = new Set(series.map(({ key }) => key))
  expect(values.every(({ key }) => keys.has(key))).toBe(true)
})

test('an app keeps its colour, whatever else is drawn', () => {
  const apps = [app(3), app(1), app(2)]
  const colorOf = (days: Parameters<typeof usedValues>[0]) =>
    chartedBy('app', days, apps).series.find(({ key }) => key === publicId('app', uuid(2)))?.colorVar
  expect(colorOf([used(uuid(2), 5), used(uuid(1), 9)])).toBe('--app-2')
  expect(colorOf([used(uuid(2), 5), used(uuid(3), ZERO)])).toBe('--app-2')
})
