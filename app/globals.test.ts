import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contrastOf, ON_ACCENT, SURFACE } from '@/lib/catalog/contrast'
import { APP_COLORS } from '@/lib/studio/choices'

const css = readFileSync(new URL('./globals.css', import.meta.url), 'utf8')
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((match) => [
    match[1],
    { light: match[2] ?? '', dark: match[3] ?? '' },
  ]),
)

function tokenOf(name: string): { light: string; dark: string } {
  const token = tokens.get(name)
  if (!token) throw new Error(`no token --${name}`)
  return token
}

function contrast(first: string, second: string, theme: 'light' | 'dark'): number {
  return contrastOf(tokenOf(first)[theme], tokenOf(second)[theme])
}

const themes = ['light', 'dark'] as const

describe.each(themes)('colours in the %s theme', (theme) => {
  it.each(['ink', 'muted', 'accent', 'good', 'warn', 'bad'])(
    'keep %s readable on every background',
    (name) => {
      for (const ground of ['canvas', 'surface', 'sunken']) {
        expect(contrast(name, ground, theme), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5)
      }
    },
  )

  it.each(['accent', 'good', 'warn', 'bad'])('keep %s readable on its own tint', (name) => {
    expect(contrast(name, `${name}-soft`, theme)).toBeGreaterThanOrEqual(4.5)
    expect(contrast('ink', `${name}-soft`, theme)).toBeGreaterThanOrEqual(4.5)
  })

  it('keep the labels of filled buttons readable', () => {
    expect(contrast('on-accent', 'accent', theme)).toBeGreaterThanOrEqual(4.5)
    expect(contrast('on-accent', 'accent-hover', theme)).toBeGreaterThanOrEqual(4.5)
    expect(contrast('on-bad', 'bad', theme)).toBeGreaterThanOrEqual(4.5)
  })

  it.each(APP_COLORS)('keep the %s look of an app readable', (color) => {
    expect(contrast(`look-${color}`, `look-${color}-soft`, theme)).toBeGreaterThanOrEqual(4.5)
  })

  it('keep the fill of the editor distinct from the page', () => {
    expect(contrast('look-violet', 'surface', theme)).toBeGreaterThanOrEqual(3)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('keep the fill of app %i distinct from the page', (app) => {
    expect(contrast(`app-${app}`, 'surface', theme)).toBeGreaterThanOrEqual(3)
  })

  it('keep a meter distinct from its track', () => {
    for (const fill of ['accent', 'warn-fill', 'bad']) {
      expect(contrast(fill, 'sunken', theme), fill).toBeGreaterThanOrEqual(3)
    }
  })

  it('keep the edge of a control distinct from the page', () => {
    expect(contrast('line-strong', 'surface', theme)).toBeGreaterThanOrEqual(3)
    expect(contrast('line-strong', 'canvas', theme)).toBeGreaterThanOrEqual(3)
  })
})

it('the grounds of the catalogue’s colours are those of the pages', () => {
  expect(SURFACE).toEqual(tokenOf('surface'))
  expect(ON_ACCENT).toEqual(tokenOf('on-accent'))
})
