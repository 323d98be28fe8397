import { expect, test } from 'vitest'
import type { Checkout, CheckoutStatus } from '@/lib/billing'
import { millicredits, ZERO } from '@/lib/millicredits'
import { checkoutInWords } from './checkout-words'

function words(checkout: Partial<Checkout>) {
  const resetsAt = new Date('2026-12-08T10:00:00Z')
  const none = { limit: ZERO, used: ZERO, held: ZERO, remaining: ZERO }
  const balance = { allowance: { ...none, periodStart: null, resetsAt, carried: null } }
  const pack = { kind: 'pack', key: 'small', credits: millicredits(2_000_000), quantity: 1 } as const
  return checkoutInWords({ ...pack, status: 'paid', trial: null, ...checkout }, balance)
}

test('a paid pack checkout names the added credits', () => {
  expect(words({})).toMatchObject({ title: '2,000 credits added.', next: 'done' })
})

test('a checkout of several packs names their number', () => {
  const { title, text } = words({ quantity: 3, credits: millicredits(6_000_000) })
  expect(title).toBe('6,000 credits added.')
  expect(text).toMatch(/^3 × Small pack, paid\./)
})

test('a checkout names a pack that is no longer in the catalogue', () => {
  expect(words({ key: 'gone' }).text).toMatch(/^Credit pack, paid\./)
})

test('a paid plan checkout names its credits and its renewal', () => {
  const { title, text } = words({ kind: 'plan', key: 'super', credits: millicredits(10_000_000) })
  expect(title).toBe('You have Super.')
  expect(text).toContain('10,000 credits for this month')
  expect(text).toContain('It renews on 8 December (UTC).')
})

test('a checkout that began a trial names its credits, its end and what is paid then', () => {
  const plan = { kind: 'plan', key: 'super', credits: millicredits(10_000_000) } as const
  const endsAt = new Date('2026-12-14T09:00:00Z')
  const trial = { credits: millicredits(500_000), endsAt, price: { amount: 1_800, currency: 'eur' } }
  expect(words({ ...plan, trial })).toMatchObject({
    title: 'You are trying Super.',
    text: '500 credits until 14 December (UTC), and the advanced operations. Then €18 a month for 10,000 credits a month; if you cancel before, you pay nothing. The credits you had stayed as they were.',
    next: 'done',
  })
  expect(words({ ...plan, status: 'failed', trial: 'refused' })).toMatchObject({
    title: 'The trial did not begin.',
    text: expect.stringContaining('Nothing was charged'),
    next: 'again',
  })
})

test.each<[CheckoutStatus, string]>([
  ['processing', 'wait'],
  ['open', 'again'],
  ['failed', 'again'],
  ['expired', 'again'],
])('the result of a checkout that is %s never says that credits were added', (status, next) => {
  const { title, text, next: way } = words({ status })
  expect(way).toBe(next)
  expect(`${title} ${text}`).not.toMatch(/credits added|, paid/)
})
