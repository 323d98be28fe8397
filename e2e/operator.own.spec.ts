import { onCheckout } from './fixtures/checkout'
import { Operator } from './fixtures/operator'
import { availableOf, newPerson, signIn, signInSupport } from './fixtures/people'
import { expect, test } from './fixtures/test'

// The test holds Stripe's events back, so it runs on a product of its own.

test('a paid checkout without its event is reported and completed by staff, and the late event changes nothing', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  await signIn(page, operator, { user, to: 'billing' })
  await page.getByRole('button', { name: 'Buy 2,000 credits for $6' }).click()
  const { stripe } = await onCheckout(page)
  const [session = ''] = /cs_\w+/.exec(page.url()) ?? []
  const tell = async (what: string, data: unknown) =>
    expect((await request.post(`${stripe}/_sandbox/${what}`, { data })).status(), what).toBe(200)
  await tell('faults', { drop: 'all' })
  try {
    await tell('pay', { session })
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
    await tell('faults', { drop: 'none' })
  }
  await tell('resend', {})
  await tell('deliver', { early: true })
  await tell('idle', {})
  expect(await availableOf(operator, user)).toBe(3_000)
  await page.goto('/operator/notices')
  await expect(page.getByText(`${user.slice(-12)}@e2e.example`)).toHaveCount(0)
})
