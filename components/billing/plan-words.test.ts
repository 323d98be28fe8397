import { expect, test } from 'vitest'
import type { BillingState, BillingStatus } from '@/lib/billing'
import { paymentProblemInWords, planInWords } from './plan-words'

const NOW = new Date('2026-11-20T09:00:00Z')
const RESET = new Date('2026-12-12T00:00:00Z')
const END = new Date('2026-12-08T10:00:00Z')

function words(status: BillingStatus, more: Partial<BillingState> = {}) {
  const plan = status === 'free' || status === 'canceled' ? 'free' : 'super'
  const state: BillingState = {
    accountId: 'a',
    plan,
    status,
    renewsAt: null,
    endsAt: null,
    paymentProblem: null,
    isProcessing: false,
    subscribed: status === 'free' ? null : 'super',
    resumesAt: null,
    checked: null,
    readAt: null,
    hasCustomer: true,
    ...more,
  }
  const resetsAt = status === 'past_due' ? null : RESET
  return planInWords({ state, resetsAt, now: NOW })
}

test('the Free plan names its monthly credits and the next reset', () => {
  expect(words('free')).toEqual({
    badge: null,
    terms: '1,000 credits a month',
    outlook: 'New credits arrive on 12 December (UTC).',
  })
})

test('an active plan names its price and renewal', () => {
  const { terms, outlook } = words('active', { renewsAt: END })
  expect([terms, outlook]).toEqual(['10,000 credits a month for $20', 'Renews 8 December (UTC).'])
})

test('an overdue renewal is described as under way, not as a past date', () => {
  const renewsAt = new Date('2026-11-20T08:30:00Z')
  expect(words('active', { renewsAt }).outlook).toMatch(/^The renewal of 20 November \(UTC\) is being paid\./)
})

test('a plan that will not renew names the next credits', () => {
  expect(words('active').outlook).toBe('New credits arrive on 12 December (UTC).')
})

test('a cancelled plan names its end and what follows', () => {
  expect(words('cancelling', { endsAt: END }).outlook).toMatch(
    /^Ends on 8 December \(UTC\), then Free\. Packs and other credits stay\./,
  )
})

test('an ended plan names its end and Free’s next credits', () => {
  expect(words('canceled', { endsAt: new Date('2026-11-08T10:00:00Z') }).outlook).toBe(
    'Super ended on 8 November (UTC). New credits arrive on 12 December (UTC).',
  )
})

test('a failed payment names the next attempt and what stays usable', () => {
  expect(words('past_due').badge?.text).toBe('Payment failed')
  expect(paymentProblemInWords('Super', { nextAttemptAt: END })).toBe(
    'Stripe tries again on 8 December (UTC). You keep Super meanwhile, but no new credits arrive until it is paid. Packs and other credits can be spent.',
  )
  expect(paymentProblemInWords('Super', { nextAttemptAt: null })).toMatch(
    /^Stripe will not try again automatically\./,
  )
})
