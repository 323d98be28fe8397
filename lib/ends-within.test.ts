import { expect, it } from 'vitest'
import { endsWithin } from './ends-within'

it('endsWithin reports whether work ended in time and rethrows its error', async () => {
  const never = new Promise(() => undefined)
  expect(await endsWithin(Promise.resolve(), 10_000)).toBe(true)
  expect(await endsWithin(never, 10)).toBe(false)
  await expect(endsWithin(Promise.reject(new Error('broken')), 10_000)).rejects.toThrow('broken')
})

it('endsWithin ignores an error after its time limit', async () => {
  let fail: (error: Error) => void = () => undefined
  const work = new Promise((_resolve, reject) => {
    fail = reject
  })
  expect(await endsWithin(work, 10)).toBe(false)
  // Vitest fails a run with an unhandled rejection.
  fail(new Error('late'))
  await new Promise((resolve) => setImmediate(resolve))
})
