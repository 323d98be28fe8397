import { onCheckout } from './fixtures/checkout'
import { Operator } from './fixtures/operator'
import { availableOf, newPerson, signIn, signInSupport } from './fixtures/people'
import { StripeAccount } from './fixtures/stripe-account'
import { expect, test } from './fixtures/test'

// The test holds Stripe's events back, so it runs on its own product.

test('a paid checkout whose event is missing is reported and completed by staff, and the late event changes nothing', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  await page.getByRole('button', { name: 'Buy 2,000 credits for $6' }).click()
  await onCheckout(page)
  const [session = ''] = /cs_\w+/.exec(page.url()) ?? []
  const stripe = new StripeAccount()
  await stripe.set('faults', { drop: 'all' })
  try {
    await stripe.set('pay', { session })
    expect(await availableOf(operator, user)).toBe(1_000)

    await signInSupport(page)
    await page.getByRole('link', { name: 'Notices' }).click()
    const noticed = page.getByRole('region', { name: 'Paid checkouts without their credits' })
    const mine = noticed.getByRole('listitem').filter({ hasText: `${user.slice(-12)}@e2e.example` })
    await expect(mine).toContainText('Small pack: $6 paid, no credits granted')
    await mine.getByRole('link', { name: /^Complete now/ }).click()
    await page.getByLabel('Reason').fill('Paid, and nothing came')
    await page.getByRole('button', { name: 'Complete now' }).click()
    await expect(page.getByText('Completed a checkout')).toBeVisible()
    await expect(page.getByText('3,000 credits available, 0 held')).toBeVisible()
  } finally {
    await stripe.set('faults', { drop: 'none' })
  }
  await stripe.set('resend')
  await stripe.set('deliver', { early: true })
  await stripe.set('idle')
  expect(await availableOf(operator, user)).toBe(3_000)
  await page.goto('/operator/notices')
  await expect(page.getByText(`${user.slice(-12)}@e2e.example`)).toHaveCount(0)
})
