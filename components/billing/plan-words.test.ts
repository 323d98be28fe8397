import { describe, expect, test } from 'vitest'
import type { BillingState, BillingStatus } from '@/lib/billing'
import { millicredits } from '@/lib/millicredits'
import { paymentInWords } from './payment-words'
import { planInWords } from './plan-words'

const NOW = new Date('2026-11-20T09:00:00Z')
const RESET = new Date('2026-12-12T00:00:00Z')
const DAY = new Date('2026-12-08T10:00:00Z')
const PAST = new Date('2026-11-08T10:00:00Z')
const NEXT_CREDITS = 'New credits arrive on 12 December (UTC).'
const INVOICE = 'https://stripe.example/invoice'

/** The statuses in which the plan is Free; in all others it is Super. */
const ON_FREE: readonly BillingStatus[] = ['free', 'canceled', 'incomplete', 'paused', 'unpaid']

function stateOf(status: BillingStatus, more: Partial<BillingState> = {}): BillingState {
  return {
    accountId: 'a',
    plan: ON_FREE.includes(status) ? 'free' : 'super',
    platformPlan: null,
    status,
    renewsAt: null,
    endsAt: null,
    paymentProblem: null,
    isProcessing: false,
    sold: null,
    trial: null,
    hadTrial: false,
    next: null,
    pending: null,
    subscribed: status === 'free' ? null : 'super',
    resumesAt: null,
    checked: null,
    currency: null,
    readAt: null,
    hasCustomer: true,
    ...more,
  }
}

function words(status: BillingStatus, more: Partial<BillingState> = {}, resetsAt: Date | null = RESET) {
  return planInWords({ state: stateOf(status, more), resetsAt, now: NOW })
}

describe('the plan in words', () => {
  test.each<[status: BillingStatus, more: Partial<BillingState>, badge: string | null, outlook: string]>([
    ['free', {}, null, NEXT_CREDITS],
    ['incomplete', {}, null, NEXT_CREDITS],
    ['active', { renewsAt: DAY }, 'Active', 'Renews 8 December (UTC).'],
    ['active', {}, 'Active', NEXT_CREDITS],
    [
      'cancelling',
      { platformPlan: 'free', endsAt: DAY },
      'Ending',
      'Ends on 8 December (UTC), then Free. Packs and other credits stay.',
    ],
    [
      'trialing',
      { renewsAt: DAY },
      'Trial',
      'Trial until 8 December (UTC), then $20 a month. Its credits come with the first payment; until then Super can be used with the credits you have. If you cancel before then under “Manage plan and payment”, you pay nothing.',
    ],
    [
      'trialing',
      { renewsAt: DAY, trial: { credits: millicredits(500_000) } },
      'Trial',
      'Trial until 8 December (UTC), then $20 a month. If you cancel before then under “Manage plan and payment”, you pay nothing.',
    ],
    [
      'cancelling',
      { endsAt: DAY, trial: { credits: millicredits(500_000) } },
      'Ending',
      'Nothing will be charged. Ends on 8 December (UTC), then Free. Packs and other credits stay. You can keep it until then under “Manage plan and payment”.',
    ],
    [
      'canceled',
      { endsAt: PAST, trial: 'refused' },
      null,
      `The trial of Super did not begin, because its card has been used for a trial before. Nothing was charged, and you can still buy Super at its full price. ${NEXT_CREDITS}`,
    ],
    [
      'cancelling',
      { endsAt: DAY },
      'Ending',
      'Ends on 8 December (UTC), then Free. Packs and other credits stay. You can keep it until then under “Manage plan and payment”.',
    ],
    [
      'pausing',
      { endsAt: DAY },
      'Paused',
      'Payments are paused: Super lasts until 8 December (UTC), then Free. Packs and other credits stay. To continue with Super, ask us to resume the payments.',
    ],
    [
      'pausing',
      { endsAt: DAY, resumesAt: RESET },
      'Paused',
      'Payments are paused: Super lasts until 8 December (UTC), then Free. Packs and other credits stay. Payments and Super resume automatically on 12 December (UTC).',
    ],
    [
      'processing',
      { renewsAt: DAY },
      'Payment pending',
      'The payment for the new month is on its way; banks take up to 14 days. The credits you have can be spent until it arrives, until 8 December (UTC) at the latest.',
    ],
    ['past_due', {}, 'Payment failed', 'New credits arrive when the month is paid.'],
    ['invoiced', {}, 'To be paid', 'New credits arrive when the invoice is paid.'],
    [
      'paused',
      { endsAt: PAST },
      'Super paused',
      `Super ended on 8 November (UTC). To continue, buy Super again or ask us to resume it. ${NEXT_CREDITS}`,
    ],
    ['unpaid', { endsAt: PAST }, 'Super not paid', `Super ended on 8 November (UTC). ${NEXT_CREDITS}`],
    ['checking', { plan: 'free' }, 'Being checked', NEXT_CREDITS],
    ['checking', {}, 'Being checked', NEXT_CREDITS],
    ['canceled', { endsAt: PAST }, null, `Super ended on 8 November (UTC). ${NEXT_CREDITS}`],
  ])('%s with %o: badge %s', (status, more, badge, outlook) => {
    const found = words(status, more)
    expect(found.badge?.text ?? null).toBe(badge)
    expect(found.outlook).toBe(outlook)
  })

  test('the terms are those of the current plan', () => {
    expect(words('unpaid').terms).toBe('1,000 credits a month')
    expect(words('trialing').terms).toBe('10,000 credits a month for $20')
    const trial = { credits: millicredits(500_000) }
    expect(words('trialing', { trial }).terms).toBe('500 credits for the trial, then 10,000 credits a month')
    expect(words('cancelling', { trial, endsAt: DAY }).terms).toBe('500 credits for the trial')
  })

  test('a renewal whose day has come is described as under way, not as a past date', () => {
    const renewsAt = new Date('2026-11-20T08:30:00Z')
    expect(words('active', { renewsAt }).outlook).toMatch(
      /^The renewal of 20 November \(UTC\) is being paid\./,
    )
  })

  test('a plan that Stripe does not know promises no credits on a day that has passed', () => {
    expect(words('checking', { checked: 'subscription' }, PAST).outlook).toBe('')
  })
})

describe('the payment in words', () => {
  const waiting = (invoiceUrl: string | null, nextAttemptAt: Date | null = null) => ({
    paymentProblem: { invoiceUrl, nextAttemptAt },
  })
  const said = (state: BillingState) => {
    const { title, text, payUrl } = paymentInWords(state) ?? { title: '', text: '', payUrl: null }
    return [title, text, payUrl]
  }

  test.each<BillingStatus>([
    'free',
    'active',
    'trialing',
    'cancelling',
    'pausing',
    'processing',
    'paused',
    'canceled',
  ])('%s requires no action from the customer', (status) => {
    expect(paymentInWords(stateOf(status))).toBeNull()
  })

  test('a failed renewal names the next attempt and what stays usable', () => {
    const rest =
      'You keep Super meanwhile, but no new credits arrive until it is paid. Packs and other credits can be spent.'
    const failed = (at: Date | null) => said(stateOf('past_due', waiting(INVOICE, at)))
    expect(failed(DAY)).toEqual([
      'The payment for Super failed.',
      `Stripe tries again on 8 December (UTC). ${rest}`,
      INVOICE,
    ])
    expect(failed(null)[1]).toBe(`Stripe will not try again automatically. ${rest}`)
  })

  test('an invoice that was sent can be paid, and the plan stays meanwhile', () => {
    expect(said(stateOf('invoiced', waiting(INVOICE)))).toEqual([
      'Your invoice for Super is waiting to be paid.',
      'You keep Super meanwhile; new credits come when it is paid. Packs and other credits can be spent.',
      INVOICE,
    ])
  })

  test('a failed first payment can be retried', () => {
    expect(said(stateOf('incomplete', waiting(INVOICE)))).toEqual([
      'Your payment for Super is not finished.',
      'Super starts once it is. Your bank may ask you to confirm it, or to use another card.',
      INVOICE,
    ])
  })

  test('a pending first payment leaves nothing to pay', () => {
    expect(said(stateOf('incomplete', { isProcessing: true }))).toEqual([
      'Your payment for Super is on its way.',
      'Banks take a few days. Super starts when the money has arrived; until then you are on Free.',
      null,
    ])
  })

  test('an unpaid plan offers its invoice as a way back only while it can be paid', () => {
    expect(said(stateOf('unpaid', waiting(INVOICE)))).toEqual([
      'Super stopped: its payment failed.',
      'Pay the open invoice to get it back immediately, or buy it again below. Until then you are on Free.',
      INVOICE,
    ])
    expect(said(stateOf('unpaid', waiting(null)))[1]).toBe('Buy it again below. Until then you are on Free.')
  })

  test('a check says what is checked and how it can end', () => {
    expect(said(stateOf('checking', { plan: 'free', checked: 'payment' }))).toEqual([
      'Paid, being checked.',
      'Your payment for Super arrived, but it does not match our price. We are checking it now: you will get what you paid for or your money back.',
      null,
    ])
    expect(said(stateOf('checking', { checked: 'subscription' }))).toEqual([
      'Super is being checked.',
      'Our payment provider cannot find your subscription right now. You keep Super while we check this, and you can still buy packs.',
      null,
    ])
  })
})
