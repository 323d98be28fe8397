import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('./globals.css', import.meta.url), 'utf8')
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((match) => [
    match[1],
    { light: match[2] ?? '', dark: match[3] ?? '' },
  ]),
)

/** The relative luminance of a hex colour as defined by WCAG 2.2. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(hex.slice(start, start + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(first: string, second: string, theme: 'light' | 'dark'): number {
  const values = [first, second].map((name) => {
    const token = tokens.get(name)
    if (!token) throw new Error(`no token --${name}`)
    return luminance(token[theme])
  })
  return (Math.max(...values) + 0.05) / (Math.min(...values) + 0.05)
}

const families = ['editor', 'text', 'web', 'image', 'video', 'speech']
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

  it.each(families)('keep fills of the %s family distinct from the page and its text readable', (family) => {
    expect(contrast(`family-${family}`, 'surface', theme)).toBeGreaterThanOrEqual(3)
    expect(contrast(`family-${family}-strong`, 'surface', theme)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(`family-${family}-strong`, `family-${family}-soft`, theme)).toBeGreaterThanOrEqual(4.5)
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
