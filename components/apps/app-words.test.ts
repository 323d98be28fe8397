import { expect, test } from 'vitest'
import { credits } from '@/lib/testing/scenario'
import { limitInWords, spendingInWords } from './app-words'

const some = { spent: credits(33), held: credits(0), monthlyLimit: credits(200) }
const reset = new Date('2026-12-12T00:00:00Z')

test('app spending names the amount and the budget', () => {
  expect(spendingInWords(some)).toBe('33 of 200 credits this month')
  expect(spendingInWords({ ...some, monthlyLimit: null })).toBe('33 credits this month')
  expect(spendingInWords({ ...some, held: credits(5) })).toBe('33 of 200 credits this month, 5 held')
})

test('the message for a used-up budget names its reset and counts held credits', () => {
  expect(limitInWords(some, reset)).toBeNull()
  expect(limitInWords({ ...some, monthlyLimit: null }, reset)).toBeNull()
  expect(limitInWords({ ...some, held: credits(167) }, reset)).toContain('12 December (UTC)')
  expect(limitInWords({ ...some, spent: credits(210) }, null)).toContain('the next credit month')
})

test('app spending counts one credit in the singular', () => {
  const one = { spent: credits(1), held: credits(0), monthlyLimit: null }
  expect(spendingInWords(one)).toBe('1 credit this month')
  expect(spendingInWords({ ...one, spent: credits(0), monthlyLimit: credits(1) })).toBe(
    '0 of 1 credit this month',
  )
})
