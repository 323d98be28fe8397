import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nameInText, problemWithName, shownName } from './names'

const RLO = '\u202e'
const HANGUL_FILLER = '\u3164'

test.each(['Ada', 'Trip Planner 2', '1984', 'שלום', 'مخطط الرحلات', '写作', 'Ünï', 'Love ❤️', '한글'])(
  '%s is a valid name',
  (name) => {
    expect(problemWithName(name)).toBeNull()
    expect(shownName(name)).toBe(name)
  },
)

describe.each([
  ['right-to-left override', `Safe${RLO}gniht`, 'U+202E', 'Safegniht'],
  ['isolate', '\u2067Safe', 'U+2067', 'Safe'],
  ['zero-width space', 'Sa\u200bfe', 'U+200B', 'Safe'],
  ['zero-width joiner', 'Sa\u200dfe', 'U+200D', 'Safe'],
  ['word joiner', 'Safe\u2060', 'U+2060', 'Safe'],
  ['soft hyphen', 'Sa\u00adfe', 'U+00AD', 'Safe'],
  ['tag', 'Safe\u{e0041}', 'U+E0041', 'Safe'],
  ['byte order mark', '\ufeffSafe', 'U+FEFF', 'Safe'],
  ['line feed', 'Safe\nname', 'U+000A', 'Safename'],
  ['line separator', 'Safe\u2028name', 'U+2028', 'Safename'],
  ['Hangul filler, an invisible letter', `Safe${HANGUL_FILLER}`, 'U+3164', 'Safe'],
])('a name with the character “%s”', (_what, name, codePoint, shown) => {
  test('is refused, and the refusal identifies the character', () => {
    expect(problemWithName(name)).toBe(
      `must not contain control, invisible or text-direction characters (${codePoint})`,
    )
  })
  test('is shown without that character if it was stored earlier', () => {
    expect(shownName(name)).toBe(shown)
  })
})

test.each(['', '   ', '\u00a0', '…', '❤️', '\u2800', '́'])('%j has no visible letter', (name) => {
  expect(problemWithName(name)).toBe('must contain a letter or a digit')
  expect(shownName(name)).toBeNull()
})

test('a name of only invisible letters is shown as no name', () => {
  expect(shownName(HANGUL_FILLER)).toBeNull()
  expect(shownName(`${RLO} ${RLO}`)).toBeNull()
  expect(shownName(null)).toBeNull()
})

test('nameInText isolates a right-to-left name from the surrounding text', () => {
  expect(nameInText('Trip Planner')).toBe('Trip Planner')
  expect(nameInText('מתכנן')).toBe('\u2068מתכנן\u2069')
  expect(nameInText('AB مخطط')).toBe('\u2068AB مخطط\u2069')
})

test('shownName always returns a valid name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = shownName(text)
      expect(shown === null || problemWithName(shown) === null).toBe(true)
    }),
    { seed: 17 },
  )
})
