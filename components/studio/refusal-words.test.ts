import { expect, test } from 'vitest'
import type { ProblemJson } from '@/lib/contract/problems'
import { type RefusedRun, refusalInWords } from './refusal-words'

const common = { type: 'urn:x', title: 'Refused', status: 402, detail: 'Needs more.', requestId: 'req' }
const more = { resetsAt: null, options: [] }
const problem: ProblemJson = {
  ...common,
  ...more,
  code: 'insufficient_credits',
  required: 12,
  available: 4,
  shortfall: 8,
}
const PROBLEMS: ProblemJson[] = [
  problem,
  { ...common, ...more, code: 'budget_exceeded', budget: 10, used: 4 },
  { ...common, code: 'plan_required', plan: 'super', options: [] },
  { ...common, code: 'app_paused', options: [] },
  { ...common, code: 'consent_required', href: '/connect' },
]

function words(refused: ProblemJson, outcome: RefusedRun): string {
  return refusalInWords(refused, outcome).text
}

test.each(PROBLEMS)('the message for $code before any work says that nothing was charged', (refused) => {
  expect(words(refused, 'nothing')).toMatch(/ Nothing was charged, and everything else here still works\.$/)
})

test.each(PROBLEMS)('the message for $code during a run never says that nothing was charged', (refused) => {
  expect(words(refused, 'charged')).toMatch(
    / The completed steps are charged, and everything else here still works\.$/,
  )
  expect(words(refused, 'unknown')).toMatch(/ Everything else here still works\.$/)
  for (const outcome of ['charged', 'unknown'] as const)
    expect(words(refused, outcome)).not.toContain('Nothing was charged')
})

test('a refusal names the missing credits', () => {
  expect(refusalInWords(problem, 'nothing')).toEqual({
    title: 'You have too few credits for this.',
    text: 'It needs 12; you have 4. Nothing was charged, and everything else here still works.',
  })
})
