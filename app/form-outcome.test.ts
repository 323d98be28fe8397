import { expect, test } from 'vitest'
import { fieldErrors } from './form-outcome'

test('invalid lines with the same problem share one sentence', () => {
  const origin = 'must be an origin such as https://app.example'
  expect(fieldErrors([{ path: 'origins.0', message: origin }])).toEqual({ origins: `Line 1 ${origin}.` })
  expect(
    fieldErrors([
      { path: 'name', message: 'must have 1 to 100 characters' },
      { path: 'origins.0', message: origin },
      { path: 'origins.2', message: origin },
    ]),
  ).toEqual({ name: 'Must have 1 to 100 characters.', origins: `Lines 1 and 3 ${origin}.` })
})

test('two problems with one field become two sentences', () => {
  expect(
    fieldErrors([
      { path: 'origins', message: 'may name at most 20' },
      { path: 'origins.1', message: 'must be an origin' },
    ]),
  ).toEqual({ origins: 'May name at most 20. Line 2 must be an origin.' })
})
