import { expect, test } from 'vitest'
import type { Problem } from '@/lib/ai/metered'
import { refusalInWords } from './refusal-words'

const problem: Problem = {
  title: 'Insufficient credits',
  status: 402,
  detail: 'Needs more.',
  code: 'insufficient_credits',
  requestId: 'req',
  required: 12,
  available: 4,
}
const CODES = ['insufficient_credits', 'budget_exceeded', 'plan_required', 'app_paused', 'consent_required']
const words = (code: string, outcome: Parameters<typeof refusalInWords>[1]) =>
  refusalInWords({ ...problem, code }, outcome).text

test.each(CODES)('%s before anything was done says that nothing was charged', (code) => {
  expect(words(code, 'nothing')).toMatch(/ Nothing was charged, and everything else here goes on working\.$/)
})

test.each(CODES)('%s half-way never says that nothing was charged', (code) => {
  expect(words(code, 'charged')).toMatch(
    / What was done before is charged, and everything else here goes on working\.$/,
  )
  expect(words(code, 'unknown')).toMatch(/ Everything else here goes on working\.$/)
  for (const outcome of ['charged', 'unknown'] as const)
    expect(words(code, outcome)).not.toContain('Nothing was charged')
})

test('what is missing is told in credits', () => {
  expect(refusalInWords(problem, 'nothing')).toEqual({
    title: 'You have too few credits for this.',
    text: 'It needs 12; you have 4. Nothing was charged, and everything else here goes on working.',
  })
})
