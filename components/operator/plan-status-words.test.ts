import { expect, test } from 'vitest'
import type { BillingStatus } from '@/lib/billing'
import { planForStaff } from './plan-status-words'

test.each<[BillingStatus, plan: string, words: string]>([
  ['active', 'super', 'Super, active'],
  ['trialing', 'super', 'Super, in trial'],
  ['cancelling', 'super', 'Super, ending'],
  ['pausing', 'super', 'Super, collection paused, ending'],
  ['processing', 'super', 'Super, renewal pending'],
  ['past_due', 'super', 'Super, payment overdue'],
  ['invoiced', 'super', 'Super, invoice to be paid'],
  ['checking', 'super', 'Super, being checked'],
  ['checking', 'free', 'Free, Super being checked'],
  ['incomplete', 'free', 'Free, Super not paid yet'],
  ['paused', 'free', 'Free, Super paused'],
  ['unpaid', 'free', 'Free, Super unpaid'],
  ['canceled', 'free', 'Free, Super cancelled'],
])('for %s on %s, staff see: %s', (status, plan, words) => {
  expect(planForStaff({ status, plan, subscribed: 'super' })).toBe(words)
})

test('for an account that never paid for a plan, staff see: Free, never subscribed', () => {
  expect(planForStaff({ status: 'free', plan: 'free', subscribed: null })).toBe('Free, never subscribed')
  expect(planForStaff({ status: 'free', plan: 'free', subscribed: 'super' })).toBe('Free, never subscribed')
})
